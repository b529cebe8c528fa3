// SPDX-License-Identifier: Apache-2.0
// How a program on many ranks begins and ends: the one place where errors become a message and an
// exit code.
#pragma once

#include <functional>

#include "base/error.h"
#include "comm/world.h"

namespace lockstep {

// Joins the ranks that mpirun or srun started, or makes a world of one, and runs `body` in it.
// A SharedError is said once, by rank 0, and every rank leaves in good order; any other error is
// said by the rank it happened on, which ends the whole job. Returns the exit code.
int run_program(const std::function<ExitCode(World&)>& body);

}  // namespace lockstep
