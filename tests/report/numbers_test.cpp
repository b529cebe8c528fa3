// SPDX-License-Identifier: Apache-2.0
#include "report/numbers.h"

#include <gtest/gtest.h>

#include <limits>

#include "report/environment.h"
#include "report/samples.h"

namespace lockstep::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(LossText, HasFourDecimals) {
  EXPECT_EQ(loss_text(4.8934), "4.8934");
  EXPECT_EQ(loss_text(3.67214999), "3.6721");
  EXPECT_EQ(loss_text(0.0), "0.0000");
  EXPECT_EQ(loss_text(10.82), "10.8200");
}

TEST(LossText, NamesWhatIsNoNumber) {
  EXPECT_EQ(loss_text(kInfinity), "inf");
  EXPECT_EQ(loss_text(-kInfinity), "-inf");
  EXPECT_EQ(loss_text(kNan), "nan");
  EXPECT_EQ(loss_text(-kNan), "nan");
}

TEST(LossText, SurvivesTheLargestNumber) {
  EXPECT_EQ(loss_text(std::numeric_limits<double>::max()).size(), 314U);
}

TEST(SizeText, IsInMebibytes) {
  EXPECT_EQ(size_text(510'971'085), "487.3MB");
  EXPECT_EQ(size_text(1'048'576), "1.0MB");
  EXPECT_EQ(size_text(248), "0.0MB");
  EXPECT_EQ(size_text(3'221'225'472), "3072.0MB");
}

TEST(SecondsText, AddsMinutes) {
  EXPECT_EQ(seconds_text(264.1), "264.1s (4.4min)");
  EXPECT_EQ(seconds_text(0.04), "0.0s (0.0min)");
}

TEST(ClockText, ShowsHoursOnlyWhenThereAreSome) {
  EXPECT_EQ(clock_text(0.0), "00:00");
  EXPECT_EQ(clock_text(263.99), "04:23");
  EXPECT_EQ(clock_text(3599.0), "59:59");
  EXPECT_EQ(clock_text(3863.0), "1:04:23");
  EXPECT_EQ(clock_text(360'000.0), "100:00:00");
}

TEST(ThousandsText, SetsACommaBeforeEveryThreeDigits) {
  EXPECT_EQ(thousands_text(0), "0");
  EXPECT_EQ(thousands_text(999), "999");
  EXPECT_EQ(thousands_text(1000), "1,000");
  EXPECT_EQ(thousands_text(124'046'592), "124,046,592");
  EXPECT_EQ(thousands_text(-999), "-999");
  EXPECT_EQ(thousands_text(-1000), "-1,000");
}

TEST(RateText, TurnsOverBelowOneStepASecond) {
  EXPECT_EQ(rate_text(23.682), "23.68it/s");
  EXPECT_EQ(rate_text(1.0), "1.00it/s");
  EXPECT_EQ(rate_text(0.8), "1.25s/it");
}

TEST(LearningRateText, IsShort) {
  EXPECT_EQ(learning_rate_text(5e-5), "5e-05");
  EXPECT_EQ(learning_rate_text(1e-4), "0.0001");
  EXPECT_EQ(learning_rate_text(0.0), "0");
}

TEST(LocalTimeText, FollowsTheTimeZone) {
  const EnvironmentVariable zone("TZ", "CST-8");
  EXPECT_EQ(local_time_text(1'772'271'923), "2026-02-28 17:45:23");
}

TEST(UtcTimeText, DoesNotFollowTheTimeZone) {
  const EnvironmentVariable zone("TZ", "CST-8");
  EXPECT_EQ(utc_time_text(1'772'271'923), "2026-02-28T09:45:23Z");
}

}  // namespace
}  // namespace lockstep::test
