// SPDX-License-Identifier: Apache-2.0
// Brings the parts of all ranks together on every rank.
#pragma once

#include <span>
#include <vector>

#include "comm/collectives.h"
#include "tensors/chunks.h"

namespace lockstep {

// COLLECTIVE. Overwrites each rank's part of `flat`, parts[rank], with what that rank has there.
void all_gather(const World& world, Collectives& collectives, std::span<float> flat,
                const std::vector<ElementRange>& parts);

}  // namespace lockstep
