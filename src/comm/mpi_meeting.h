// SPDX-License-Identifier: Apache-2.0
// The first words between all ranks of a job. MPI connects two ranks when they first speak, and
// where packets are lost it waits for minutes, with no word of whom for: here that ends early, with
// the names of both hosts.
#pragma once

#include <chrono>

namespace lockstep {

// COLLECTIVE. Returns once this rank has heard from every other. Throws Error(communication) if one
// stays silent for too long. REQUIRES: MPI is initialised, and its errors are returned.
void mpi_meet(std::chrono::seconds patience = std::chrono::seconds(30));

}  // namespace lockstep
