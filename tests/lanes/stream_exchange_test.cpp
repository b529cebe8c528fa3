// SPDX-License-Identifier: Apache-2.0
#include "lanes/stream_exchange.h"

#include <gtest/gtest.h>

#include "lanes/host_streams.h"
#include "lanes/lane_numbers.h"

namespace lockstep::test {
namespace {

void add_on_host(const TreeSum& sum, std::span<const float* const> sources,
                 std::span<float> destination, CUstream_st*) {
  sum.add(sources, destination);
}

struct Case {
  int ranks = 1;
  std::int64_t lanes = 1;
  std::int64_t elements = 0;
  std::int64_t bucket = 0;
  std::int64_t piece_ready = 0;  // gradients become ready by so many; 0: all at the end
  std::vector<int> hosts = {};   // of each rank; empty: all links are alike
};

RankGrid grid_of(const Case& given) {
  return given.hosts.empty() ? RankGrid::flat(given.ranks) : RankGrid::of_hosts(given.hosts);
}

class OneRank {
 public:
  OneRank(ThreadWorld& world, const Case& given)
      : case_(given),
        rank_(world.rank()),
        collectives_(world, grid_of(given)),
        exchange_(rank_, grid_of(given), collectives_,
                  {.batch_size = given.lanes, .lanes = given.lanes}, given.elements, add_on_host,
                  given.bucket),
        mine_(nodes_of_ranks({.batch_size = given.lanes, .lanes = given.lanes},
                             given.ranks)[static_cast<std::size_t>(rank_)]),
        nodes_(mine_.size(), std::vector<float>(static_cast<std::size_t>(given.elements))),
        sum_(static_cast<std::size_t>(shard().count())),
        scratch_(static_cast<std::size_t>(exchange_.scratch_elements())) {
    std::vector<const float*> nodes;
    for (const std::vector<float>& node : nodes_) nodes.push_back(node.data());
    exchange_.use({.nodes = nodes, .sum = sum_, .scratch = scratch_});
  }

  void step_and_check(std::int64_t step) {
    for (std::size_t i = 0; i < mine_.size(); ++i)
      for (std::int64_t element = 0; element < case_.elements; ++element)
        nodes_[i][static_cast<std::size_t>(element)] = sum_of(step, mine_[i], element);
    exchange_.start();
    if (case_.piece_ready > 0)
      for (std::int64_t first = case_.elements; first > 0; first -= case_.piece_ready)
        exchange_.ready_from(first, nullptr);
    exchange_.finish(nullptr);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < shard().count(); ++i)
      if (sum_[static_cast<std::size_t>(i)] != sum_of(step, {0, case_.lanes}, shard().first + i))
        ++wrong;
    EXPECT_EQ(wrong, 0) << "rank " << rank_ << " of " << case_.ranks << ", step " << step;
  }

  const ElementRange& shard() const { return exchange_.shards()[static_cast<std::size_t>(rank_)]; }
  std::size_t sent() const { return collectives_.sent(); }
  std::size_t sent_to_other_hosts() const { return collectives_.sent_to_other_hosts(); }

 private:
  const Case case_;
  const int rank_;
  HostCollectives collectives_;
  StreamExchange exchange_;
  const std::vector<TreeNode> mine_;
  std::vector<std::vector<float>> nodes_;
  std::vector<float> sum_;
  std::vector<float> scratch_;
};

void run(const Case& given, int steps = 1) {
  run_ranks(given.ranks, [&](ThreadWorld& world) {
    OneRank rank(world, given);
    for (int step = 0; step < steps; ++step) rank.step_and_check(step);
    world.gather_all(std::vector<double>{});
  });
}

TEST(StreamExchange, LeavesEveryRankItsShardOfTheSumAtAnyWorldSize) {
  for (const int ranks : {1, 2, 3, 4, 8})
    run({.ranks = ranks, .lanes = 8, .elements = 300'001, .bucket = 65'536});
}

TEST(StreamExchange, TravelsWhileTheGradientsAreStillComputed) {
  for (const int ranks : {2, 3})
    run({.ranks = ranks, .lanes = 3, .elements = 300'001, .bucket = 65'536, .piece_ready = 7001});
}

TEST(StreamExchange, RanksMayHaveDifferentNumbersOfNodes) {
  for (const int ranks : {2, 3, 5})
    run({.ranks = ranks, .lanes = 7, .elements = 100'000, .bucket = 32'768, .piece_ready = 9000});
}

TEST(StreamExchange, MoreRanksThanChunksLanesOrGrainsAreFine) {
  run({.ranks = 4, .lanes = 2, .elements = 20'000, .bucket = 16'384});
  run({.ranks = 4, .lanes = 1, .elements = 5, .bucket = 16'384});
}

TEST(StreamExchange, AddsUpWithinHostsFirst) {
  const std::vector<std::vector<int>> places = {
      {0, 0, 1, 1}, {0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 2, 2}, {0, 0, 0, 0, 1, 1, 1, 1}};
  for (const std::vector<int>& hosts : places)
    for (const std::int64_t lanes : {1, 3, 8, 13})
      run({.ranks = static_cast<int>(hosts.size()),
           .lanes = lanes,
           .elements = 200'001,
           .bucket = 65'536,
           .piece_ready = 9000,
           .hosts = hosts},
          2);
}

// Of such hosts no two ranks have neighbouring lanes.
TEST(StreamExchange, HostsMayHaveTheirRanksInAnyOrder) {
  for (const std::vector<int>& hosts :
       {std::vector<int>{0, 1, 0, 1}, {1, 0, 0, 1}, {0, 1, 2, 0, 1, 2}})
    for (const std::int64_t lanes : {4, 7})
      run({.ranks = static_cast<int>(hosts.size()),
           .lanes = lanes,
           .elements = 100'000,
           .bucket = 32'768,
           .hosts = hosts},
          2);
}

TEST(StreamExchange, FewElementsOnManyHostsAreFine) {
  run({.ranks = 4, .lanes = 2, .elements = 20'000, .bucket = 16'384, .hosts = {0, 0, 1, 1}});
  run({.ranks = 4, .lanes = 4, .elements = 5, .bucket = 16'384, .hosts = {0, 0, 1, 1}}, 2);
}

TEST(StreamExchange, GoesOnStepAfterStep) {
  run({.ranks = 3, .lanes = 4, .elements = 100'000, .bucket = 32'768, .piece_ready = 5000}, 5);
}

// All to all, and once more to the owner: never all to one.
TEST(StreamExchange, NoRankSendsMoreThanItsShareOfAllBytes) {
  constexpr std::int64_t kSpace = 64 * kChunkElements;
  run_ranks(4, [&](ThreadWorld& world) {
    OneRank rank(world, {.ranks = 4, .lanes = 4, .elements = kSpace, .bucket = kSpace / 8});
    rank.step_and_check(0);
    EXPECT_EQ(rank.sent(), static_cast<std::size_t>(kSpace / 4 * 3 + kSpace / 4 / 4 * 3));
    world.gather_all(std::vector<double>{});
  });
}

// Of two hosts each sends half of a gradient, once, and of the sums what is not its own.
TEST(StreamExchange, AHostSendsItsGradientOnceAndNotThatOfEachRank) {
  constexpr std::int64_t kSpace = 64 * kChunkElements;
  constexpr int kRanks = 8;
  const std::vector<int> hosts = {0, 0, 0, 0, 1, 1, 1, 1};
  run_ranks(kRanks, [&](ThreadWorld& world) {
    OneRank rank(world, {.ranks = kRanks,
                         .lanes = kRanks,
                         .elements = kSpace,
                         .bucket = kSpace / 8,
                         .hosts = hosts});
    rank.step_and_check(0);
    const std::vector<std::vector<double>> all =
        world.gather_all(std::vector<double>{static_cast<double>(rank.sent_to_other_hosts())});
    double sent_by_host = 0.0;
    for (int each = 0; each < kRanks / 2; ++each)
      sent_by_host += all[static_cast<std::size_t>(each)].front();
    EXPECT_EQ(sent_by_host, static_cast<double>(kSpace / 2 + kSpace / 4));
  });
}

TEST(PieceOf, PiecesAreTheBucketInOrder) {
  for (const ElementRange bucket :
       {ElementRange{0, 65'536}, {131'072, 200'001}, {16'384, 16'389}}) {
    for (const std::int64_t ranks : {1, 2, 3, 7, 100}) {
      std::int64_t end = bucket.first;
      for (std::int64_t rank = 0; rank < ranks; ++rank) {
        const ElementRange piece = piece_of(bucket, rank, ranks);
        EXPECT_EQ(piece.first, end);
        EXPECT_TRUE(piece.last == bucket.last || piece.last % 1024 == 0) << piece.last;
        end = piece.last;
      }
      EXPECT_EQ(end, bucket.last);
    }
  }
}

}  // namespace
}  // namespace lockstep::test
