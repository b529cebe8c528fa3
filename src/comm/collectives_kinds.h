// SPDX-License-Identifier: Apache-2.0
// One maker for every kind of Collectives, each defined in the file of its kind. For
// make_collectives.cpp.
#pragma once

#include <memory>

#include "comm/collectives.h"

namespace lockstep {

std::unique_ptr<Collectives> make_solo_collectives();
std::unique_ptr<Collectives> make_mpi_collectives();

}  // namespace lockstep
