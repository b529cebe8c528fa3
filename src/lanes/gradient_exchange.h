// SPDX-License-Identifier: Apache-2.0
// Turns the gradients of all lanes into the gradient of the whole batch. Every rank owns one shard
// of the flat space: it takes there what the other ranks have added up over their lanes (their
// nodes of the tree), and adds it along the tree. The flat space travels in buckets, from its end
// to its beginning, which is the order in which a backward pass finishes it; a bucket starts when
// its last gradient is there, while the pass goes on. Ranks of one machine only tell each other
// that a bucket is final: it is added where it lies. Between machines it is sent, and the bytes on
// the wire are those of the first half of a ring all-reduce where each rank has one node.
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
  // COLLECTIVE. `collectives` must outlive the exchange. `elements` of the flat space.
  GradientExchange(const World& world, Collectives& collectives, const LanePlan& lanes,
                   std::int64_t elements);

  // What this rank owns.
  const ElementRange& shard() const { return shard_; }
  // What each rank owns, in their order.
  const std::vector<ElementRange>& shards() const { return shards_; }
  // How this rank adds up its lanes.
  const LaneFold& fold() const { return fold_; }

  // [elements], 0.0 at first: the buffer of fold() with this index, for the owner of the exchange
  // to write to. Others read it between start() and finish().
  std::span<float> buffer(std::size_t index);
  // [shard]: where the sum over all lanes is after finish(). It lies in the first buffer where
  // there is one.
  std::span<float> sum();

  // COLLECTIVE, but waits for nobody. Begins a step.
  void start();

  // The elements from `first` on are final in every node: others may have what is complete, and
  // what has arrived is added. Never waits. `first` only falls during a step.
  void ready_from(std::int64_t first);

  // COLLECTIVE. All elements are final. Returns when the shard has its sum and the buffers may be
  // written again.
  void finish();

 private:
  struct Peer {
    int rank = 0;
    std::vector<TreeNode> nodes;
    ElementRange shard;
    bool is_read = false;           // this rank and it read each other's buffers,
    const float* window = nullptr;  // of which it may have none
  };

  // A part of the shard whose nodes are added together.
  struct Arrival {
    ElementRange range;
    std::vector<float> values;  // nodes that were sent here, one after the other
    std::unique_ptr<PendingTransfers> transfers;
  };

  static std::vector<Peer> peers_of(const LanePlan& lanes, const std::vector<ElementRange>& shards);
  void find_windows();
  std::size_t nodes_sent_here() const;
  void send(const ElementRange& bucket);
  void receive_more();
  void add_arrivals();
  void add(const Arrival& arrival);
  void wait_for_readers();

  const int rank_;
  Collectives& collectives_;
  const std::int64_t elements_;
  const std::vector<ElementRange> shards_;
  const ElementRange shard_;
  std::vector<Peer> peers_;  // all ranks, this one too
  const LaneFold fold_;
  const TreeSum sum_of_nodes_;
  std::vector<ElementRange> incoming_;  // the buckets that meet the shard, in their order
  std::unique_ptr<SharedWindow> buffers_;
  std::vector<float> sum_without_buffers_;

  // Of the step in progress.
  std::int64_t ready_ = 0;  // elements from here on are final
  std::int64_t sent_ = 0;   // elements from here on have been sent
  std::size_t next_incoming_ = 0;
  std::deque<Arrival> arriving_;
  std::vector<std::vector<float>> spare_;  // memory for arrivals
  std::vector<std::unique_ptr<PendingTransfers>> leaving_;
};

}  // namespace lockstep
