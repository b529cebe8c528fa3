// SPDX-License-Identifier: Apache-2.0
// Which rank puts down which of a step's terms. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "lanes/lane_plan.h"
#include "optim/step_terms.h"
#include "tensors/chunks.h"

namespace lockstep {

struct TermPlaces {
  StepTerms counts;
  // The ranges of each rank, [ranks][3]: at [0] its signals, at [1] the losses of its lanes that
  // have sequences, at [2] the squares of the blocks of its shard. Together they are all terms,
  // each once; losses are in the order of the lanes, and squares in that of the gradient.
  std::vector<std::vector<ElementRange>> of_ranks;
};

// For a step of `sequences`, with a gradient of `elements` in blocks of `block` elements, of which
// a shard has whole ones.
TermPlaces term_places(const LanePlan& lanes, std::int64_t sequences, std::int64_t elements,
                       std::int64_t block, int world_size);

}  // namespace lockstep
