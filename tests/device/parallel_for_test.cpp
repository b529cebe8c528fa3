// SPDX-License-Identifier: Apache-2.0
#include "device/parallel_for.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace lockstep::test {
namespace {

using Range = std::pair<std::int64_t, std::int64_t>;

class ParallelFor : public testing::Test {
 protected:
  void TearDown() override { at::set_num_threads(before_); }

  // What each call of the work was given, in order.
  std::vector<Range> ranges(std::int64_t begin, std::int64_t end, std::int64_t grain) {
    std::vector<Range> given;
    parallel_for(begin, end, grain, [&](std::int64_t first, std::int64_t last) {
      const std::scoped_lock lock(mutex_);
      given.emplace_back(first, last);
      threads_.insert(std::this_thread::get_id());
    });
    std::ranges::sort(given);
    return given;
  }

  std::set<std::thread::id> threads_;  // that have worked

 private:
  std::mutex mutex_;
  const int before_ = at::get_num_threads();
};

TEST_F(ParallelFor, HasAsManyThreadsAsLibTorch) {
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    threads_.clear();
    EXPECT_EQ(ranges(0, 300, 1).size(), threads);
    EXPECT_EQ(threads_.size(), threads);
  }
}

TEST_F(ParallelFor, GoesOverAllOnceInPiecesThatAreWorthAThread) {
  for (const int threads : {1, 2, 3, 4})
    for (std::int64_t count = 0; count < 20; ++count)
      for (std::int64_t grain = 1; grain < 9; ++grain) {
        SCOPED_TRACE(testing::Message() << threads << " " << count << " " << grain);
        at::set_num_threads(threads);
        std::int64_t next = 5;
        const std::vector<Range> given = ranges(5, 5 + count, grain);
        for (const Range& range : given) {
          ASSERT_EQ(range.first, next);
          ASSERT_GT(range.second, range.first);
          next = range.second;
          if (range != given.back()) {
            ASSERT_GE(range.second - range.first, grain);
          }
        }
        EXPECT_EQ(next, 5 + count);
      }
}

TEST_F(ParallelFor, WithinAnotherHasTheThreadThatAsks) {
  at::set_num_threads(2);
  std::vector<Range> inner;
  std::mutex mutex;
  parallel_for(0, 2, 1, [&](std::int64_t first, std::int64_t /*last*/) {
    EXPECT_TRUE(at::in_parallel_region());
    parallel_for(0, 10, 1, [&](std::int64_t a, std::int64_t b) {
      const std::scoped_lock lock(mutex);
      inner.emplace_back(a + first, b + first);
    });
  });
  std::ranges::sort(inner);
  EXPECT_EQ(inner, (std::vector<Range>{{0, 10}, {1, 11}}));
  EXPECT_FALSE(at::in_parallel_region());
}

TEST_F(ParallelFor, ThrowsWhatAThreadThrowsOnceAllAreDone) {
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    for (const std::int64_t failing : {0, 99}) {
      std::atomic<std::int64_t> done = 0;
      const auto work = [&](std::int64_t first, std::int64_t last) {
        done += last - first;
        if (first <= failing && failing < last) throw std::runtime_error("no");
      };
      EXPECT_THROW(parallel_for(0, 100, 1, work), std::runtime_error);
      EXPECT_EQ(done, 100);
    }
  }
}

}  // namespace
}  // namespace lockstep::test
