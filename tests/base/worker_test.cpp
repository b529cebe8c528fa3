// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace lockstep::test {
namespace {

// Held until it is opened.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void pass() { opened_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> opened_ = promise_.get_future().share();
};

TEST(Worker, WhatAJobReturnsComesBack) {
  Worker worker;
  EXPECT_EQ(worker.start([] { return 42; }).get(), 42);
}

TEST(Worker, WhatAJobThrowsComesBackAndTheNextOneRuns) {
  Worker worker;
  std::future<void> failed = worker.start([] { throw std::runtime_error("disk full"); });
  std::future<int> next = worker.start([] { return 7; });
  EXPECT_THROW(failed.get(), std::runtime_error);
  EXPECT_EQ(next.get(), 7);
}

TEST(Worker, JobsRunOneByOneInOrder) {
  Worker worker;
  std::vector<int> order;
  std::vector<std::future<void>> futures;
  futures.reserve(100);
  for (int i = 0; i < 100; ++i)
    futures.push_back(worker.start([&order, i] { order.push_back(i); }));
  futures.back().get();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Worker, RunsOnAThreadOfItsOwn) {
  Worker worker;
  EXPECT_NE(worker.start([] { return std::this_thread::get_id(); }).get(),
            std::this_thread::get_id());
}

TEST(Worker, IsNotIdleWhileAJobRuns) {
  Gate gate;
  Worker worker;
  EXPECT_TRUE(worker.is_idle());
  std::future<void> job = worker.start([&] { gate.pass(); });
  EXPECT_FALSE(worker.is_idle());
  gate.open();
  job.get();
}

TEST(Worker, OnceItIsLeftTheDestructorWaitsForNothing) {
  const auto began = std::make_shared<Gate>();
  const auto gate = std::make_shared<Gate>();
  std::future<int> job;
  {
    Worker worker;
    job = worker.start([began, gate] {
      began->open();
      gate->pass();
      return 7;
    });
    began->pass();
    worker.leave();
  }
  gate->open();
  EXPECT_EQ(job.get(), 7);
}

TEST(Worker, TheDestructorWaitsForTheJobThatRunsAndDropsTheOthers) {
  Gate began;
  Gate gate;
  std::atomic<bool> is_done = false;
  std::future<void> dropped;
  std::jthread opener;
  {
    Worker worker;
    worker.start([&] {
      began.open();
      gate.pass();
      is_done = true;
    });
    dropped = worker.start([] {});
    began.pass();
    opener = std::jthread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      gate.open();
    });
  }
  EXPECT_TRUE(is_done);
  EXPECT_THROW(dropped.get(), std::future_error);
}

}  // namespace
}  // namespace lockstep::test
