// SPDX-License-Identifier: Apache-2.0
// The world that mpirun or srun started.
#pragma once

#include <memory>

#include "comm/world.h"

namespace lockstep {

// COLLECTIVE. Joins the ranks of this job; leaving (MPI_Finalize) is the destructor.
// Throws Error(communication) if MPI offers too little threading.
std::unique_ptr<World> make_mpi_world();

}  // namespace lockstep
