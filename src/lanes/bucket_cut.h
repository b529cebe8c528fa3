// SPDX-License-Identifier: Apache-2.0
// How a bucket of the flat space is cut for ranks that have streams between them: a part for each
// place of a host, and of every part a piece for each host. Pure.
#pragma once

#include <cstdint>

#include "comm/rank_grid.h"
#include "tensors/chunks.h"

namespace lockstep {

// 25 MiB: NCCL needs that much to fill fast links, and a backward pass has many of them.
inline constexpr std::int64_t kStreamBucketElements = 400 * kChunkElements;

// One of `count` pieces of `range`, in order. Their edges suit vectors of any width.
ElementRange piece_of(const ElementRange& range, std::int64_t index, std::int64_t count);
// At most that many elements has one of `count` pieces of a range of `elements`.
std::int64_t largest_piece(std::int64_t elements, std::int64_t count);

ElementRange part_of_place(const ElementRange& bucket, const RankGrid& grid, int place);
ElementRange piece_of_rank(const ElementRange& bucket, const RankGrid& grid, int rank);

}  // namespace lockstep
