// SPDX-License-Identifier: Apache-2.0
// What a host does whose GPU waits for a rank that is gone.
#include <gtest/gtest.h>

#include "comm/solo_world.h"
#include "gpu/emulated/streams.h"
#include "gpu/on_gpu.h"
#include "train/gradients.h"

namespace lockstep::test {
namespace {

class FirstOfTwo : public SoloWorld {
 public:
  int size() const override { return 2; }
  std::vector<std::string> gather_all(const std::string& text, std::chrono::seconds) override {
    return {text, text};
  }
  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override {
    return {numbers, numbers};
  }
};

// Brings nothing.
class WayToTheOther : public StreamCollectives {
 public:
  explicit WayToTheOther(bool is_gone) : is_gone_(is_gone) {}

  void start(const std::vector<Outgoing>&, const std::vector<Incoming>&,
             CUstream_st* stream) override {
    emulated::start_on(stream, [is_gone = is_gone_] {
      EXPECT_FALSE(is_gone) << "the host waits for a rank that is gone";
    });
  }
  void check() override {
    if (is_gone_) throw Error(ErrorKind::communication, "rank 1 is gone");
  }

 private:
  const bool is_gone_;
};

class GradientsOfTwoRanks {
 public:
  explicit GradientsOfTwoRanks(bool is_gone) : way_(is_gone) {
    model_.move_to_gpu(gpu_placement(at::kFloat));
    gradients_ =
        make_gradients({.world = world_, .collectives = *collectives_, .between_gpus = &way_},
                       {.batch_size = 2, .lanes = 2}, model_.parameters());
  }

  // Behind what the other rank sends, on a stream that is late.
  void await_ranks(emulated::Stream* stream) {
    const emulated::OnStream here(stream);
    gradients_->start();
    gradients_->finish();
    EXPECT_FALSE(emulated::is_idle(stream));
    gradients_->await_ranks();
  }

 private:
  FirstOfTwo world_;
  const std::unique_ptr<Collectives> collectives_ = make_collectives(CollectivesKind::solo);
  WayToTheOther way_;
  Gpt model_ = make_model(small_model());
  std::unique_ptr<Gradients> gradients_;
};

TEST(GradientsBetweenTwoGpus, AreWaitedForUntilAllHasArrived) {
  emulated::Stream* const stream = emulated::new_stream();
  GradientsOfTwoRanks(/*is_gone=*/false).await_ranks(stream);
  EXPECT_TRUE(emulated::is_idle(stream));
}

TEST(GradientsBetweenTwoGpus, AreNotWaitedForWhereARankIsGone) {
  GradientsOfTwoRanks gradients(/*is_gone=*/true);
  EXPECT_THROW(gradients.await_ranks(emulated::new_stream()), Error);
}

}  // namespace
}  // namespace lockstep::test
