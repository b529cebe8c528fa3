// SPDX-License-Identifier: Apache-2.0
// The one MPI world of a rank test: MPI cannot be joined twice, so main() joins it for all tests.
#pragma once

#include "comm/world.h"

namespace lockstep::test {

// REQUIRES: main() of rank_main.cpp is running.
World& rank_world();

}  // namespace lockstep::test
