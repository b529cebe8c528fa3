// SPDX-License-Identifier: Apache-2.0
// What goes from one host to another costs most. So the ranks of a host first add up what they have
// among them, as far as the tree allows: into one node where the host's lanes are a subtree. The
// rank at each place does so for its part of a bucket. Of ranks that count as a host each, the
// nodes stay as they are.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "comm/stream_collectives.h"
#include "lanes/bucket_cut.h"
#include "lanes/tree_sum.h"

namespace lockstep {

// Starts TreeSum::add() as work of `stream`.
using StreamAdd = std::function<void(const TreeSum&, std::span<const float* const> sources,
                                     std::span<float> destination, CUstream_st* stream)>;

// The nodes that a host has once its ranks have added up theirs, in order.
std::vector<TreeNode> nodes_of_host(const RankGrid& grid, int host, const NodesOfRanks& nodes,
                                    std::int64_t lanes);

// THREADS: as StreamExchange.
class HostFold {
 public:
  // `bucket_elements`: of a bucket, at most.
  HostFold(int rank, const RankGrid& grid, const NodesOfRanks& nodes, std::int64_t lanes,
           std::int64_t bucket_elements, StreamAdd add);

  // Whether there is anything to add up.
  bool is_needed() const { return grid_.places() > 1; }
  // Of this rank's host.
  std::size_t nodes() const { return host_nodes_.size(); }
  std::int64_t scratch_elements() const;
  // `mine`: [elements of the flat space] for each node of this rank. REQUIRES: before all else.
  void use(std::vector<const float*> mine, std::span<float> scratch);

  // The messages that bring this rank the nodes of the others of its host, of its part.
  void list(const ElementRange& bucket, Messages& messages) const;
  // Starts the additions once they are there. What was added of another bucket is overwritten.
  void add(const ElementRange& bucket, CUstream_st* stream) const;
  // Where `element`, of this rank's part of the bucket, lies in a node of the host.
  const float* node(std::size_t index, const ElementRange& bucket, std::int64_t element) const;

 private:
  ElementRange part(const ElementRange& bucket) const;
  std::span<float> place(std::size_t index, std::int64_t count) const;
  std::size_t nodes_of(int rank) const { return nodes_of_rank_[as_size(rank)]; }

  const int rank_;
  const RankGrid grid_;
  const std::vector<std::size_t> nodes_of_rank_;
  const std::vector<TreeNode> host_nodes_;
  std::vector<TreeSum> sums_;  // one for each of them
  const std::int64_t part_elements_;
  const StreamAdd add_;
  std::vector<const float*> mine_;
  std::span<float> scratch_;  // the host's nodes, then those of the others
};

}  // namespace lockstep
