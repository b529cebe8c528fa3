// SPDX-License-Identifier: Apache-2.0
// Proves that the ranks are in lockstep: that all hold the same parameters, to the last bit. They
// do by construction; a defect of memory, processor or network, or a mistake of this program, would
// go unseen otherwise.
#pragma once

#include <cstdint>

#include "comm/world.h"
#include "model/parameters.h"

namespace lockstep {

// COLLECTIVE. Compares digests, and the numbers only where those differ. Throws
// SharedError(out_of_step) naming the ranks that differ from most, the tensor and its first element
// that does. `step`: steps made so far, skipped ones too, for the message. Costs a pass over the
// parameters.
void check_lockstep(World& world, Parameters& parameters, std::int64_t step);

}  // namespace lockstep
