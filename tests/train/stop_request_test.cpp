// SPDX-License-Identifier: Apache-2.0
#include "train/stop_request.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace lockstep {
namespace {

using Seconds = std::chrono::duration<double>;

TEST(StopRequest, WithoutALimitThereIsAlwaysTime) {
  EXPECT_FALSE(is_time_to_stop(std::nullopt, 1e9, 1e9));
  EXPECT_FALSE(is_too_late_to_save(std::nullopt, 1e9));
}

TEST(StopRequest, TwoStepsASaveAndAReserveMustFit) {
  EXPECT_FALSE(is_time_to_stop(Seconds(46.0), 10.0, 20.0));
  EXPECT_TRUE(is_time_to_stop(Seconds(44.0), 10.0, 20.0));
  EXPECT_TRUE(is_time_to_stop(Seconds(-1.0), 0.0, 0.0));
}

TEST(StopRequest, ASaveThatWouldEndTooLateIsNotBegun) {
  EXPECT_FALSE(is_too_late_to_save(Seconds(21.0), 20.0));
  EXPECT_TRUE(is_too_late_to_save(Seconds(19.0), 20.0));
}

// Each of the following changes its process for good.
TEST(StopRequestDeathTest, ASignalIsRemembered) {
  const auto hear = [](int signal_number) {
    listen_for_stop_requests();
    std::raise(signal_number);
    std::exit((stop_requested() ? 10 : 0) + (told_to_end() ? 1 : 0));
  };
  EXPECT_EXIT(hear(SIGUSR1), testing::ExitedWithCode(10), "");
  EXPECT_EXIT(hear(SIGUSR2), testing::ExitedWithCode(10), "");
  EXPECT_EXIT(hear(SIGTERM), testing::ExitedWithCode(11), "");
  EXPECT_EXIT(hear(SIGINT), testing::ExitedWithCode(11), "");
  EXPECT_EXIT(hear(SIGHUP), testing::ExitedWithCode(11), "");
  EXPECT_EXIT(hear(SIGPIPE), testing::ExitedWithCode(0), "");
}

TEST(StopRequestDeathTest, AHangUpThatIsIgnoredStaysSo) {
  const auto hear = [] {
    std::signal(SIGHUP, SIG_IGN);
    listen_for_stop_requests();
    std::raise(SIGHUP);
    std::exit(stop_requested() ? 1 : 0);
  };
  EXPECT_EXIT(hear(), testing::ExitedWithCode(0), "");
}

TEST(StopRequestDeathTest, ASecondInterruptOrTerminationEndsTheProcess) {
  const auto hear = [](int first, int second, int seconds_between = 0) {
    listen_for_stop_requests();
    std::raise(first);
    std::this_thread::sleep_for(std::chrono::seconds(seconds_between));
    std::raise(second);
    std::exit(0);
  };
  EXPECT_EXIT(hear(SIGTERM, SIGTERM), testing::ExitedWithCode(0), "");  // of two senders
  EXPECT_EXIT(hear(SIGTERM, SIGTERM, 4), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(hear(SIGHUP, SIGHUP), testing::ExitedWithCode(0), "");  // of system and shell
  EXPECT_EXIT(hear(SIGHUP, SIGTERM), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(hear(SIGHUP, SIGHUP, 4), testing::KilledBySignal(SIGHUP), "");
  EXPECT_EXIT(hear(SIGTERM, SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(hear(SIGINT, SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(hear(SIGUSR1, SIGTERM), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(hear(SIGTERM, SIGUSR1), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(hear(SIGUSR1, SIGUSR1), testing::ExitedWithCode(0), "");
}

TEST(StopRequestDeathTest, TheTimeLimitCountsFromTheStart) {
  const auto ask = [] {
    if (time_left()) std::exit(1);
    set_time_limit(std::chrono::seconds(1000));
    std::exit(*time_left() < Seconds(1000.0) && *time_left() > Seconds(500.0) ? 0 : 2);
  };
  EXPECT_EXIT(ask(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lockstep
