// SPDX-License-Identifier: Apache-2.0
#include "comm/solo_world.h"

#include <cstdlib>

namespace lockstep {

void SoloWorld::abort(ExitCode exit_code) { std::_Exit(static_cast<int>(exit_code)); }

}  // namespace lockstep
