// SPDX-License-Identifier: Apache-2.0
// Memory shared by the ranks of a machine.
#pragma once

#include <cstddef>
#include <memory>

#include "comm/collectives.h"

namespace lockstep {

// COLLECTIVE over MPI_COMM_WORLD. If any rank of a machine cannot read another there, it says so in
// a warning, and none of that machine can.
std::unique_ptr<SharedWindow> make_mpi_window(std::size_t count);

}  // namespace lockstep
