// SPDX-License-Identifier: Apache-2.0
#include "serve/turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace lockstep::test {
namespace {

bool always() { return true; }

TEST(Turns, TheFirstHasItAtOnce) {
  Turns turns(0);
  EXPECT_NE(turns.take(always), nullptr);
  EXPECT_NE(turns.take(always), nullptr);  // the one before has ended
}

TEST(Turns, OneTooManyIsNotLetWait) {
  Turns turns(0);
  const auto first = turns.take(always);
  EXPECT_EQ(turns.take(always), nullptr);
}

TEST(Turns, ManyComeOneAtATimeAndEachOnce) {
  constexpr int kThreads = 8, kRounds = 50;
  Turns turns(kThreads);
  std::atomic<int> inside = 0;
  int rounds = 0;  // guarded by the turns, which a thread sanitizer looks over
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const auto turn = turns.take(always);
        ASSERT_NE(turn, nullptr);
        EXPECT_EQ(++inside, 1);
        ++rounds;
        --inside;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rounds, kThreads * kRounds);
}

TEST(Turns, WhoCameFirstIsFirst) {
  Turns turns(2);
  auto first = turns.take(always);
  std::vector<int> order;
  std::thread second([&] {
    const auto turn = turns.take(always);
    order.push_back(2);
  });
  while (turns.waiting() < 1) std::this_thread::yield();
  std::thread third([&] {
    const auto turn = turns.take(always);
    order.push_back(3);
  });
  while (turns.waiting() < 2) std::this_thread::yield();
  EXPECT_EQ(turns.take(always), nullptr);
  first.reset();
  second.join();
  third.join();
  EXPECT_EQ(order, (std::vector<int>{2, 3}));
}

TEST(Turns, WhoNoLongerWantsItsTurnMakesRoom) {
  Turns turns(2);
  auto first = turns.take(always);
  std::atomic<bool> is_wanted = true;
  std::thread second([&] { EXPECT_EQ(turns.take([&] { return is_wanted.load(); }), nullptr); });
  while (turns.waiting() < 1) std::this_thread::yield();
  std::thread third([&] { EXPECT_NE(turns.take(always), nullptr); });
  while (turns.waiting() < 2) std::this_thread::yield();
  is_wanted = false;
  second.join();
  EXPECT_EQ(turns.waiting(), 1U);
  first.reset();
  third.join();
}

}  // namespace
}  // namespace lockstep::test
