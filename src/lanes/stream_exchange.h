// SPDX-License-Identifier: Apache-2.0
// What GradientExchange does, for gradients that lie in the memory of GPUs: it only starts work, in
// the order in which streams then do it, and never looks at a number.
//
// A bucket is the shard of one rank or two. Would all send it to them, one link would carry
// everything while the others idle. So every rank adds up one piece of each bucket, and then passes
// the sum on to whose shard it is. What is added has been added up within each host before
// (HostFold). Between hosts only ranks of the same place talk to each other, so that all links do
// alike: a sum goes to the host of its owner first, and there to the owner.
//
// All this overlaps: what one bucket sends within hosts travels together with the pieces of the
// bucket before, the sums of the one before that, and what that of the one before gives the owners.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "comm/stream_collectives.h"
#include "lanes/bucket_cut.h"
#include "lanes/host_fold.h"
#include "lanes/tree_sum.h"

namespace lockstep {

// THREADS: those of the StreamCollectives.
class StreamExchange {
 public:
  // Where the numbers are. All of it must stay as long as the exchange.
  struct Memory {
    std::vector<const float*> nodes;  // [elements] for each node of this rank, in their order
    std::span<float> sum;             // [elements of the shard]
    std::span<float> scratch;         // [scratch_elements()]
  };

  // `collectives` must outlive the exchange. `elements` of the flat space.
  StreamExchange(int rank, const RankGrid& grid, StreamCollectives& collectives,
                 const LanePlan& lanes, std::int64_t elements, const StreamAdd& add,
                 std::int64_t bucket_elements = kStreamBucketElements);

  // What each rank owns, in their order.
  const std::vector<ElementRange>& shards() const { return shards_; }
  std::int64_t scratch_elements() const;
  // REQUIRES: before the first step.
  void use(const Memory& memory);

  // Begins a step.
  void start();
  // COLLECTIVE, but waits for nobody, and so is what follows. As work of `stream`, to which the
  // elements from `first` on are final in every node: `first` only falls during a step.
  void ready_from(std::int64_t first, CUstream_st* stream);
  // All elements are final. Once `stream` has done this, the shard has its sum and the nodes may be
  // written again.
  void finish(CUstream_st* stream);

 private:
  using Bucket = std::optional<ElementRange>;

  struct HostNode {
    TreeNode lanes;
    int host = 0;
    std::size_t index = 0;  // among those of its host
  };

  static std::vector<HostNode> nodes_of_hosts(const RankGrid& grid, const LanePlan& lanes);
  static std::vector<TreeNode> lanes_of(const std::vector<HostNode>& nodes);
  void advance(const Bucket& bucket, CUstream_st* stream);
  void list_pieces(const ElementRange& bucket, Messages& messages) const;
  void list_sums(const ElementRange& bucket, Messages& messages) const;
  void list_owners(const ElementRange& bucket, Messages& messages) const;
  void add_piece(const ElementRange& bucket, CUstream_st* stream) const;
  std::vector<const float*> sources_at(std::int64_t element, const ElementRange& bucket) const;
  ElementRange part(const ElementRange& bucket, int rank) const;
  ElementRange piece(const ElementRange& bucket, int rank) const;
  bool is_here(int rank) const { return grid_.host_of(rank) == grid_.host_of(rank_); }
  std::span<float> sum_place(std::int64_t count) const;
  std::span<float> node_place(std::size_t node, std::int64_t count) const;
  std::span<float> landing(const ElementRange& bucket, int owner, const ElementRange& range) const;

  const int rank_;
  const RankGrid grid_;
  StreamCollectives& collectives_;
  const std::int64_t elements_;
  const std::int64_t bucket_elements_;
  const std::vector<ElementRange> shards_;
  const std::vector<HostNode> nodes_;  // of all hosts, in the order of their lanes
  const TreeSum sum_of_nodes_;
  HostFold fold_;
  const std::int64_t part_elements_;   // at most
  const std::int64_t place_elements_;  // of a piece, at most
  const StreamAdd add_;
  std::span<float> sum_;
  std::span<float> scratch_;  // a place for the sum and one for each of `nodes_`
  std::span<float> landed_;   // sums for others of this host: of two buckets a part each

  // Of the step in progress.
  std::int64_t sent_ = 0;  // elements from here on are on their way
  Bucket folded_;          // a bucket that is added up within the hosts, but not between them
  Bucket added_;           // a bucket whose pieces are added, but not passed on
  Bucket landed_bucket_;   // a bucket whose sums are on the hosts of their owners
};

}  // namespace lockstep
