// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives.h"
#include "comm/collectives_kinds.h"

namespace lockstep {

std::unique_ptr<Collectives> make_collectives(CollectivesKind kind) {
  switch (kind) {
    case CollectivesKind::solo: return make_solo_collectives();
    case CollectivesKind::mpi: return make_mpi_collectives();
  }
  throw Error(ErrorKind::internal, "making collectives: unhandled kind");
}

}  // namespace lockstep
