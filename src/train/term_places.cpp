// SPDX-License-Identifier: Apache-2.0
#include "train/term_places.h"

namespace lockstep {
namespace {

// How many lanes of a rank have sequences in this step.
std::int64_t losses_of(const LanePlan& plan, std::int64_t sequences, int rank, int world_size) {
  const IndexRange lanes = plan.lanes_of(rank, world_size);
  std::int64_t count = 0;
  for (std::int64_t lane = lanes.first; lane < lanes.last; ++lane)
    if (plan.sequences_of(lane, sequences).count() > 0) ++count;
  return count;
}

}  // namespace

TermPlaces term_places(const LanePlan& lanes, std::int64_t sequences, std::int64_t elements,
                       std::int64_t block, int world_size) {
  const auto blocks_before = [&](std::int64_t element) { return (element + block - 1) / block; };
  TermPlaces places{.counts = {.ranks = world_size, .blocks = blocks_before(elements)}};
  for (int rank = 0; rank < world_size; ++rank)
    places.counts.losses += losses_of(lanes, sequences, rank, world_size);

  std::int64_t loss = places.counts.first_loss();
  const std::int64_t first_block = places.counts.first_block();
  const std::vector<ElementRange> shards = all_shards(elements, world_size);
  for (int rank = 0; rank < world_size; ++rank) {
    const std::int64_t next_loss = loss + losses_of(lanes, sequences, rank, world_size);
    const ElementRange& shard = shards[static_cast<std::size_t>(rank)];
    places.of_ranks.push_back(
        {{rank, rank + 1},
         {loss, next_loss},
         {first_block + blocks_before(shard.first), first_block + blocks_before(shard.last)}});
    loss = next_loss;
  }
  return places;
}

}  // namespace lockstep
