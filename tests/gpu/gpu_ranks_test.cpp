// SPDX-License-Identifier: Apache-2.0
// The ranks may share one GPU: each says that it is a host of its own, or NCCL would refuse.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "device/gpu.h"
#include "device/kernel_launch.h"
#include "gpu/on_gpu.h"
#include "lanes/stream_share.h"
#include "ranks/rank_world.h"
#include "train/gradients.h"
#include "train/tensor_span.h"

namespace lockstep::test {
namespace {

std::unique_ptr<StreamCollectives> connect_gpus() {
  World& world = rank_world();
  const std::string rank = std::to_string(world.rank());
  const std::vector<std::string> gpus = world.gather_all(open_gpu(world.local_rank(), {}).address);
  if (std::set(gpus.begin(), gpus.end()).size() < gpus.size()) {
    ::setenv("NCCL_HOSTID", rank.c_str(), /*overwrite=*/1);
    ::setenv("NCCL_SOCKET_IFNAME", "lo", /*overwrite=*/0);
  }
  return make_gpu_collectives(world);
}

// For all tests, and gone before MPI is.
class BetweenGpus : public testing::Environment {
 public:
  void SetUp() override { collectives_ = connect_gpus(); }
  void TearDown() override { collectives_.reset(); }
  StreamCollectives& get() { return *collectives_; }

 private:
  std::unique_ptr<StreamCollectives> collectives_;
};
auto* const environment =
    static_cast<BetweenGpus*>(testing::AddGlobalTestEnvironment(new BetweenGpus));

StreamCollectives& between_gpus() { return environment->get(); }

at::TensorOptions here() {
  static const Gpu gpu = open_gpu(rank_world().local_rank(), {});
  return at::TensorOptions(at::kFloat).device(gpu.device);
}

at::Tensor numbers_of(int from, int to, std::int64_t message, std::int64_t count) {
  return at::sin(at::arange(count, at::kFloat) * 0.1 + (from * 100.0 + to * 10.0) +
                 static_cast<double>(message))
      .to(here());
}

// Every rank sends `messages` messages to every other and receives as many.
void exchange_and_check(std::int64_t count, std::int64_t messages) {
  World& world = rank_world();
  std::vector<at::Tensor> mine, theirs;
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (int peer = 0; peer < world.size(); ++peer) {
    if (peer == world.rank()) continue;
    for (std::int64_t message = 0; message < messages; ++message) {
      mine.push_back(numbers_of(world.rank(), peer, message, count));
      theirs.push_back(at::zeros({count}, here()));
      outgoing.push_back({.peer = peer, .values = span_of(mine.back())});
      incoming.push_back({.peer = peer, .values = span_of(theirs.back())});
    }
  }
  between_gpus().start(outgoing, incoming, cuda::current_stream());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const std::int64_t message = static_cast<std::int64_t>(i) % messages;
    EXPECT_TRUE(at::equal(theirs[i], numbers_of(incoming[i].peer, world.rank(), message, count)))
        << "from " << incoming[i].peer << ", message " << message;
  }
  between_gpus().check();
}

TEST(StreamCollectives, EveryRankGetsWhatEveryOtherSendsIt) {
  exchange_and_check(1, 1);
  exchange_and_check(100'000, 1);
}

TEST(StreamCollectives, MessagesOfTwoRanksArriveInTheirOrder) { exchange_and_check(5000, 7); }

TEST(StreamCollectives, NothingIsAMessageToo) {
  exchange_and_check(0, 2);
  between_gpus().start({}, {}, cuda::current_stream());
  between_gpus().check();
}

TEST(StreamCollectives, BringThePartsOfAllRanksTogether) {
  World& world = rank_world();
  const std::int64_t elements = 5 * kChunkElements + 3;
  const std::vector<ElementRange> parts = all_shards(elements, world.size());
  const at::Tensor right = numbers_of(0, 0, 0, elements);
  at::Tensor flat = at::full({elements}, -7.0, here());
  const ElementRange mine = parts[static_cast<std::size_t>(world.rank())];
  flat.narrow(0, mine.first, mine.count()).copy_(right.narrow(0, mine.first, mine.count()));
  StreamShare(world.rank(), RankGrid::flat(world.size()), between_gpus(), elements)
      .run(span_of(flat), cuda::current_stream(), [](std::int64_t) {});
  EXPECT_TRUE(at::equal(flat, right));
}

at::Tensor lane_gradient(std::int64_t lane, std::int64_t elements) {
  return at::sin(at::arange(elements, at::kFloat) * 0.37 + static_cast<double>(lane));
}

at::Tensor sum_of(const TreeNode& node, std::int64_t elements) {
  if (node.count() == 1) return lane_gradient(node.first, elements);
  return sum_of(first_child(node), elements) + sum_of(second_child(node), elements);
}

// The sum over all lanes, and parameters of all ranks, without a number in host memory.
TEST(GradientsBetweenGpus, AreAddedAlongTheTree) {
  World& world = rank_world();
  const auto collectives =
      make_collectives(world.size() == 1 ? CollectivesKind::solo : CollectivesKind::mpi);
  for (const std::int64_t lanes : {1, 4, 7}) {
    Gpt model(small_model());
    model.move_to_gpu({.device = here().device()});
    const std::int64_t elements = model.parameters().layout().elements();
    const LanePlan plan{.batch_size = lanes, .lanes = lanes};
    const auto gradients = make_gradients(
        {.world = world, .collectives = *collectives, .between_gpus = &between_gpus()}, plan,
        model.parameters());
    const auto mine = nodes_of_ranks(plan, world.size())[static_cast<std::size_t>(world.rank())];
    for (int step = 0; step < 3; ++step) {
      for (std::size_t i = 0; i < mine.size(); ++i)
        gradients->buffer(i).copy_(sum_of(mine[i], elements));
      gradients->start();
      gradients->ready_from(elements / 2);
      gradients->finish();
      const ElementRange shard =
          all_shards(elements, world.size())[static_cast<std::size_t>(world.rank())];
      gradients->send_to_host(gradients->sum());
      EXPECT_TRUE(at::equal(gradients->on_host(),
                            sum_of({0, lanes}, elements).narrow(0, shard.first, shard.count())))
          << lanes << " lanes, step " << step;
    }
  }
}

}  // namespace
}  // namespace lockstep::test
