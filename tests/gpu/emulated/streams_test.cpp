// SPDX-License-Identifier: Apache-2.0
// Whether the emulated GPU finds who waits too little.
#include "gpu/emulated/streams.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "device/gpu_graph.h"
#include "device/side_stream.h"
#include "gpu/emulated/emulated_gpu.h"
#include "gpu/emulated/memory.h"
#include "gpu/on_gpu.h"

namespace lockstep::test::emulated {
namespace {

class EmulatedStreams : public testing::Test {
 public:
  EmulatedStreams() { gpu_placement(at::kFloat); }

 protected:
  // A kernel: to = from + 1.
  static void start_increment(const float* from, float* to, Stream* stream) {
    run(
        {1, 1, 0, stream}, [](const float* one, float* other) { *other = *one + 1.0F; }, from, to);
  }

  const std::unique_ptr<SideStream> side_ = make_side_stream(StreamPriority::ordinary);
  float from_ = 1.0F;
  float to_ = 0.0F;
};

TEST_F(EmulatedStreams, AreLateUntilSomeoneWaits) {
  start_increment(&from_, &to_, nullptr);
  EXPECT_EQ(to_, 2.0F);
  start_increment(&to_, &to_, side_->handle());
  EXPECT_EQ(to_, 2.0F);
  side_->join();
  EXPECT_EQ(to_, 3.0F);
}

TEST_F(EmulatedStreams, AreInOrderAndWaitForEachOther) {
  const std::unique_ptr<SideStream> other = make_side_stream(StreamPriority::ordinary);
  const std::unique_ptr<GpuMark> mark = make_gpu_mark();
  start_increment(&from_, &to_, side_->handle());
  side_->run([&] { mark->set(); });
  start_increment(&from_, &from_, side_->handle());  // after the mark
  other->run([&] { mark->wait(); });
  start_increment(&to_, &to_, other->handle());
  other->join();
  EXPECT_EQ(to_, 3.0F);
  EXPECT_EQ(from_, 1.0F);
  side_->join();
  EXPECT_EQ(from_, 2.0F);
}

TEST_F(EmulatedStreams, FollowWhatTheThreadIsAt) {
  const std::unique_ptr<SideStream> other = make_side_stream(StreamPriority::ordinary);
  start_increment(&from_, &to_, side_->handle());
  side_->run([&] { other->follow(); });
  start_increment(&to_, &to_, other->handle());
  other->join();
  EXPECT_EQ(to_, 3.0F);
}

TEST_F(EmulatedStreams, AMarkIsReachedByThoseWhoAskAgainAndAgain) {
  const std::unique_ptr<GpuMark> mark = make_gpu_mark();
  start_increment(&from_, &to_, side_->handle());
  side_->run([&] { mark->set(); });
  EXPECT_FALSE(mark->is_reached());
  EXPECT_EQ(to_, 0.0F);
  while (!mark->is_reached()) {
  }
  EXPECT_EQ(to_, 2.0F);
}

TEST_F(EmulatedStreams, AnOperationOfLibTorchComesAfterTheKernelsOfItsStream) {
  const at::Tensor number = at::zeros({1});
  start_increment(number.const_data_ptr<float>(), number.data_ptr<float>(), side_->handle());
  side_->run([&] { EXPECT_EQ(number.view({1, 1}).const_data_ptr<float>()[0], 0.0F); });
  side_->run([&] { number.mul_(5.0F); });
  EXPECT_EQ(number.item<float>(), 5.0F);
}

float incremented_after_it_is_freed(SideStream& side, bool is_named) {
  float result = 0.0F;
  {
    const at::Tensor number = at::ones({1});
    if (is_named) keep_memory_for(side.handle(), number.storage().data_ptr().get());
    run(
        {1, 1, 0, side.handle()}, [](const float* one, float* other) { *other = *one + 1.0F; },
        number.const_data_ptr<float>(), &result);
  }
  side.join();
  return result;
}

#ifndef LOCKSTEP_IS_SANITIZED  // which would say so
TEST_F(EmulatedStreams, ReadWhatWasFreedUnlessTheyAreNamed) {
  EXPECT_NE(incremented_after_it_is_freed(*side_, false), 2.0F);
}
#endif
TEST_F(EmulatedStreams, KeepWhatTheyAreNamedFor) {
  EXPECT_EQ(incremented_after_it_is_freed(*side_, true), 2.0F);
}

TEST_F(EmulatedStreams, KeepWhatIsAllocatedOnThem) {
  side_->run([&] {
    const at::Tensor number = at::empty({1});
    start_increment(&from_, number.data_ptr<float>(), side_->handle());
    start_increment(number.const_data_ptr<float>(), &to_, side_->handle());
  });
  side_->join();
  EXPECT_EQ(to_, 3.0F);
}

TEST_F(EmulatedStreams, ARecordingMustJoinWhatItStarts) {
  const auto start = [&](bool joins) {
    record_gpu_graph(new_gpu_graph_memory(), [&] {
      start_increment(&from_, &to_, side_->handle());
      if (joins) side_->join();
    })->start();
  };
  EXPECT_NO_THROW(start(true));
  EXPECT_THROW(start(false), std::logic_error);
  side_->join();
}

}  // namespace
}  // namespace lockstep::test::emulated
