// SPDX-License-Identifier: Apache-2.0
#include "app/time_limit.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(TimeLimit, IsMinutesOrHoursMinutesAndSeconds) {
  EXPECT_EQ(time_limit_from_text("90"), minutes(90));
  EXPECT_EQ(time_limit_from_text("0:00:20"), seconds(20));
  EXPECT_EQ(time_limit_from_text("26:03:05"), seconds(93785));
}

TEST(TimeLimit, HasDaysAsSlurmWritesThem) {
  EXPECT_EQ(time_limit_from_text("1-00:00:00"), hours(24));
  EXPECT_EQ(time_limit_from_text("2-12:30:05"), hours(60) + minutes(30) + seconds(5));
  EXPECT_EQ(time_limit_from_text("2-12:30"), hours(60) + minutes(30));
  EXPECT_EQ(time_limit_from_text("2-12"), hours(60));
  EXPECT_EQ(time_limit_from_text("0-1"), hours(1));
}

TEST(TimeLimit, IsNothingElse) {
  for (const char* wrong :
       {"", "0", "0:00:00", "0-0", "-5", "1:60:00", "1:5:00", "1:75", "2h", "1-", "1-24", "1-00:60",
        "1-1:5", "-1:00", "1.", "9999999", "UNLIMITED"}) {
    EXPECT_EQ(time_limit_from_text(wrong), std::nullopt) << wrong;
    EXPECT_EQ(time_limit_instead_of(wrong), "above 0, as minutes, H:MM:SS or D-HH:MM:SS") << wrong;
  }
}

TEST(TimeLimit, IsAskedForWhereMinutesAndHoursMayBeMeant) {
  const auto asked = [](const std::string& minutes_text, const std::string& hours_text) {
    return "above 0, as minutes, H:MM:SS or D-HH:MM:SS; write " + minutes_text +
           " if minutes are meant, " + hours_text + " if hours are";
  };
  for (const char* text : {"1:30", "1.5", "0.5", "90:15"})
    EXPECT_EQ(time_limit_from_text(text), std::nullopt) << text;
  EXPECT_EQ(time_limit_instead_of("1:30"), asked("0:01:30", "1:30:00"));
  EXPECT_EQ(time_limit_instead_of("90:15"), asked("1:30:15", "90:15:00"));
  EXPECT_EQ(time_limit_instead_of("1.5"), asked("0:01:30", "1:30:00"));
  EXPECT_EQ(time_limit_instead_of("0.5"), asked("0:00:30", "0:30:00"));
}

}  // namespace
}  // namespace lockstep::test
