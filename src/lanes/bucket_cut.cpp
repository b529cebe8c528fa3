// SPDX-License-Identifier: Apache-2.0
#include "lanes/bucket_cut.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::int64_t kGrain = 1024;

std::int64_t grains_of(std::int64_t elements) { return (elements + kGrain - 1) / kGrain; }

}  // namespace

ElementRange piece_of(const ElementRange& range, std::int64_t index, std::int64_t count) {
  const std::int64_t grains = grains_of(range.count());
  const auto edge = [&](std::int64_t piece) {
    return std::min(range.last, range.first + grains * piece / count * kGrain);
  };
  return {edge(index), edge(index + 1)};
}

std::int64_t largest_piece(std::int64_t elements, std::int64_t count) {
  return (grains_of(elements) + count - 1) / count * kGrain;
}

ElementRange part_of_place(const ElementRange& bucket, const RankGrid& grid, int place) {
  return piece_of(bucket, place, grid.places());
}

ElementRange piece_of_rank(const ElementRange& bucket, const RankGrid& grid, int rank) {
  return piece_of(part_of_place(bucket, grid, grid.place_of(rank)), grid.host_of(rank),
                  grid.hosts());
}

}  // namespace lockstep
