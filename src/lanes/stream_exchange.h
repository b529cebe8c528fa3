// SPDX-License-Identifier: Apache-2.0
// What GradientExchange does, for gradients that lie in the memory of GPUs: it only starts work, in
// the order in which streams then do it, and never looks at a number.
//
// The end of a bucket is the shard of one rank or two. Would all send it to them, one link would
// carry everything while the others idle. So a bucket goes two ways: every rank adds up one piece
// of it, and passes the sum on to whose shard it is, together with the pieces of the next bucket.
// Of W ranks, each sends and receives 1 + 1/W times what is in the gradient, on all links alike.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "comm/gpu_collectives.h"
#include "lanes/tree_sum.h"
#include "tensors/chunks.h"

namespace lockstep {

// 25 MiB: NCCL needs that much to fill fast links, and a backward pass has many of them.
inline constexpr std::int64_t kStreamBucketElements = 400 * kChunkElements;

// The part of `bucket` that a rank adds up. Its edges suit vectors of any width.
ElementRange piece_of(const ElementRange& bucket, std::int64_t rank, std::int64_t ranks);

// Starts TreeSum::add() as work of `stream`.
using StreamAdd = std::function<void(const TreeSum&, std::span<const float* const> sources,
                                     std::span<float> destination, CUstream_st* stream)>;

// THREADS: those of the GpuCollectives.
class StreamExchange {
 public:
  // Where the numbers are. All of it must stay as long as the exchange.
  struct Memory {
    std::vector<const float*> nodes;  // [elements] for each node of this rank, in their order
    std::span<float> sum;             // [elements of the shard]
    std::span<float> scratch;         // [scratch_elements()]
  };

  // `collectives` must outlive the exchange. `elements` of the flat space.
  StreamExchange(const World& world, GpuCollectives& collectives, const LanePlan& lanes,
                 std::int64_t elements, StreamAdd add,
                 std::int64_t bucket_elements = kStreamBucketElements);

  // What each rank owns, in their order.
  const std::vector<ElementRange>& shards() const { return shards_; }
  std::int64_t scratch_elements() const;
  // REQUIRES: before the first step.
  void use(Memory memory) { memory_ = std::move(memory); }

  // Begins a step.
  void start();
  // COLLECTIVE, but waits for nobody, and so is what follows. As work of `stream`, to which the
  // elements from `first` on are final in every node: `first` only falls during a step.
  void ready_from(std::int64_t first, CUstream_st* stream);
  // All elements are final. Once `stream` has done this, the shard has its sum and the nodes may be
  // written again.
  void finish(CUstream_st* stream);

 private:
  void advance(const std::optional<ElementRange>& bucket, CUstream_st* stream);
  void list_pieces(const ElementRange& bucket, Messages& messages) const;
  void list_sums(const ElementRange& bucket, Messages& messages) const;
  void add_piece(const ElementRange& bucket, CUstream_st* stream) const;
  std::vector<const float*> sources_at(std::int64_t element, const ElementRange& piece) const;
  ElementRange piece(const ElementRange& bucket, int rank) const;
  std::span<float> place(std::size_t index, std::int64_t count) const;

  const int rank_;
  GpuCollectives& collectives_;
  const std::int64_t elements_;
  const std::int64_t bucket_elements_;
  const std::int64_t place_elements_;  // of the scratch memory
  const std::vector<ElementRange> shards_;
  const std::vector<std::vector<TreeNode>> nodes_;  // of each rank
  const TreeSum sum_of_nodes_;
  const StreamAdd add_;
  Memory memory_;

  // Of the step in progress.
  std::int64_t sent_ = 0;              // elements from here on are on their way
  std::optional<ElementRange> added_;  // a bucket whose pieces are added, but not passed on
};

}  // namespace lockstep
