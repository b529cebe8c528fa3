// SPDX-License-Identifier: Apache-2.0
// Turns the gradients of all lanes into the gradient of the whole batch. Every rank owns one shard
// of the flat space: it receives there what the other ranks have added up over their lanes (their
// nodes of the tree), and adds it along the tree. The flat space travels in buckets, from its end
// to its beginning, which is the order in which a backward pass finishes it; a bucket starts when
// its last gradient is there, while the pass goes on. The bytes on the wire are those of the first
// half of a ring all-reduce where each rank has one node.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "comm/collectives.h"
#include "lanes/tree_sum.h"
#include "tensors/chunks.h"

namespace lockstep {

// THREADS: those of the Collectives.
class GradientExchange {
 public:
  // `collectives` must outlive the exchange. `elements` of the flat space.
  GradientExchange(const World& world, Collectives& collectives, const LanePlan& lanes,
                   std::int64_t elements);

  // What this rank owns.
  const ElementRange& shard() const { return shard_; }
  // What each rank owns, in their order.
  const std::vector<ElementRange>& shards() const { return shards_; }
  // How this rank adds up its lanes.
  const LaneFold& fold() const { return fold_; }

  // COLLECTIVE, but waits for nobody. Begins a step. `nodes`: fold().nodes buffers of the flat
  // space, whose elements this rank will write; `shard`: where the sum over all lanes goes, which
  // may be the same elements of one of the nodes. Both must stay until finish() has returned.
  void start(std::vector<float*> nodes, std::span<float> shard);

  // The elements from `first` on are final in every node: what is complete is sent, and what has
  // arrived is added. Never waits. `first` only falls during a step.
  void ready_from(std::int64_t first);

  // COLLECTIVE. All elements are final. Returns when the shard has its sum and the nodes may be
  // written again.
  void finish();

 private:
  // A part of the shard whose nodes are received together.
  struct Arrival {
    ElementRange range;
    std::vector<float> values;  // of the nodes of the other ranks, one after the other
    std::unique_ptr<PendingTransfers> transfers;
  };

  void send(const ElementRange& bucket);
  void receive_more();
  void add_arrivals();
  void add(const Arrival& arrival);

  const int rank_;
  Collectives& collectives_;
  const std::int64_t elements_;
  const std::vector<std::vector<TreeNode>> nodes_of_ranks_;
  const LaneFold fold_;
  const TreeSum sum_;
  std::vector<ElementRange> shards_;
  ElementRange shard_;
  std::vector<ElementRange> incoming_;  // the buckets that meet the shard, in their order

  // Of the step in progress.
  std::vector<float*> nodes_;
  std::span<float> sum_of_shard_;
  std::int64_t ready_ = 0;  // elements from here on are final
  std::int64_t sent_ = 0;   // elements from here on have been sent
  std::size_t next_incoming_ = 0;
  std::deque<Arrival> arriving_;
  std::vector<std::vector<float>> spare_;  // memory for arrivals
  std::vector<std::unique_ptr<PendingTransfers>> leaving_;
};

}  // namespace lockstep
