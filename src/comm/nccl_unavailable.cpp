// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no NCCL.
#include "base/sentence.h"
#include "comm/stream_collectives.h"

namespace lockstep {

std::unique_ptr<StreamCollectives> make_gpu_collectives(World&) {
  throw SharedError(ErrorKind::usage,
                    sentence("moving gradients with NCCL: this build has no NCCL; use --comm mpi"));
}

}  // namespace lockstep
