// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no NCCL.
#include "comm/collectives_kinds.h"

namespace lockstep {

std::unique_ptr<Collectives> make_nccl_collectives(World&) {
  throw Error(ErrorKind::usage,
              "moving gradients with NCCL: this build has no NCCL; use --comm mpi");
}

}  // namespace lockstep
