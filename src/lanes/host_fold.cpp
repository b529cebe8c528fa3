// SPDX-License-Identifier: Apache-2.0
#include "lanes/host_fold.h"

#include <utility>

namespace lockstep {
namespace {

std::vector<TreeNode> nodes_on(const RankGrid& grid, int host, const NodesOfRanks& nodes) {
  std::vector<TreeNode> found;
  for (int place = 0; place < grid.places(); ++place) {
    const std::vector<TreeNode>& theirs = nodes[as_size(grid.rank_at(host, place))];
    found.insert(found.end(), theirs.begin(), theirs.end());
  }
  return found;
}

std::vector<std::size_t> counts_of(const NodesOfRanks& nodes) {
  std::vector<std::size_t> counts;
  for (const std::vector<TreeNode>& theirs : nodes) counts.push_back(theirs.size());
  return counts;
}

std::vector<TreeNode> below(const TreeNode& root, const std::vector<TreeNode>& nodes) {
  std::vector<TreeNode> found;
  for (const TreeNode& node : nodes)
    if (root.first <= node.first && node.last <= root.last) found.push_back(node);
  return found;
}

}  // namespace

std::vector<TreeNode> nodes_of_host(const RankGrid& grid, int host, const NodesOfRanks& nodes,
                                    std::int64_t lanes) {
  return merged(nodes_on(grid, host, nodes), lanes);
}

HostFold::HostFold(int rank, const RankGrid& grid, const NodesOfRanks& nodes, std::int64_t lanes,
                   std::int64_t bucket_elements, StreamAdd add)
    : rank_(rank),
      grid_(grid),
      nodes_of_rank_(counts_of(nodes)),
      host_nodes_(nodes_of_host(grid, grid.host_of(rank), nodes, lanes)),
      part_elements_(largest_piece(bucket_elements, grid.places())),
      add_(std::move(add)) {
  const std::vector<TreeNode> here = nodes_on(grid, grid.host_of(rank), nodes);
  for (const TreeNode& node : host_nodes_) sums_.emplace_back(below(node, here), node);
}

std::int64_t HostFold::scratch_elements() const {
  if (!is_needed()) return 0;
  std::size_t places = nodes();
  for (int place = 0; place < grid_.places(); ++place)
    if (const int peer = grid_.rank_at(grid_.host_of(rank_), place); peer != rank_)
      places += nodes_of(peer);
  return static_cast<std::int64_t>(places) * part_elements_;
}

void HostFold::use(std::vector<const float*> mine, std::span<float> scratch) {
  mine_ = std::move(mine);
  scratch_ = scratch;
}

void HostFold::list(const ElementRange& bucket, Messages& messages) const {
  const ElementRange mine = part(bucket);
  std::size_t next = nodes();
  for (int place_of_peer = 0; place_of_peer < grid_.places(); ++place_of_peer) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place_of_peer);
    if (peer == rank_) continue;
    const ElementRange theirs = part_of_place(bucket, grid_, place_of_peer);
    if (theirs.count() > 0)
      for (const float* const node : mine_)
        messages.outgoing.push_back(
            {.peer = peer, .values = {node + theirs.first, as_size(theirs.count())}});
    if (mine.count() > 0)
      for (std::size_t i = 0; i < nodes_of(peer); ++i)
        messages.incoming.push_back({.peer = peer, .values = place(next++, mine.count())});
  }
}

// The sources are in the order of the host's ranks, which is that of their lanes.
void HostFold::add(const ElementRange& bucket, CUstream_st* stream) const {
  const ElementRange range = part(bucket);
  std::vector<const float*> sources;
  std::size_t next = nodes();
  for (int place_of_peer = 0; place_of_peer < grid_.places(); ++place_of_peer) {
    const int peer = grid_.rank_at(grid_.host_of(rank_), place_of_peer);
    for (std::size_t i = 0; i < nodes_of(peer); ++i)
      sources.push_back(peer == rank_ ? mine_[i] + range.first
                                      : place(next++, range.count()).data());
  }
  std::span<const float* const> rest = sources;
  for (std::size_t i = 0; i < nodes(); ++i) {
    add_(sums_[i], rest.first(sums_[i].sources()), place(i, range.count()), stream);
    rest = rest.subspan(sums_[i].sources());
  }
}

const float* HostFold::node(std::size_t index, const ElementRange& bucket,
                            std::int64_t element) const {
  if (!is_needed()) return mine_[index] + element;
  return place(index, 0).data() + (element - part(bucket).first);
}

ElementRange HostFold::part(const ElementRange& bucket) const {
  return part_of_place(bucket, grid_, grid_.place_of(rank_));
}

std::span<float> HostFold::place(std::size_t index, std::int64_t count) const {
  return scratch_.subspan(index * as_size(part_elements_), as_size(count));
}

}  // namespace lockstep
