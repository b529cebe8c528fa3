// SPDX-License-Identifier: Apache-2.0
#include "comm/pulse_line.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/sentence.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{10'000};

Pulse pulse_with(std::uint64_t key, std::int64_t step) {
  Pulse pulse = pulse_of({.step = step, .what = "computing"}, 1.5);
  pulse.key = key;
  return pulse;
}

template <class Found>
auto wait_for(const Found& found) {
  for (;;) {
    if (auto value = found()) return value;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

// Both ends of a line on this machine.
class PulseLineTest : public testing::Test {
 protected:
  PulseLineTest() {
    std::jthread caller([&] { here_ = connect_line(doors_.addresses(), greeting_, kPatience); });
    there_ = wait_for([&] {
      std::vector<PulseLine> arrivals = doors_.arrivals();
      return arrivals.empty() ? std::optional<PulseLine>() : std::move(arrivals.front());
    });
    EXPECT_EQ(wait_for([&] { return there_->receive(); })->key, 17U);
    there_->send(greeting_);
  }

  PulseDoors doors_ = PulseDoors::open();
  const Pulse greeting_ = pulse_with(17, 1);
  std::optional<PulseLine> here_, there_;
};

TEST_F(PulseLineTest, PulsesArriveWholeAndInTheirOrder) {
  ASSERT_TRUE(here_);
  for (int step = 1; step <= 200; ++step) here_->send(pulse_with(17, step));
  for (int step = 1; step <= 200; ++step) {
    const std::optional<Pulse> pulse = wait_for([&] { return there_->receive(); });
    EXPECT_EQ(pulse->doing(), "step " + std::to_string(step) + ", computing");
  }
  EXPECT_FALSE(there_->receive());
  EXPECT_FALSE(there_->is_closed());
}

TEST_F(PulseLineTest, WhatWasSentBeforeTheEndStillArrives) {
  ASSERT_TRUE(here_);
  here_->send(pulse_with(17, 5));
  here_.reset();
  EXPECT_EQ(wait_for([&] { return there_->receive(); })->step, 5);
  wait_for([&] {
    EXPECT_FALSE(there_->receive());
    return there_->is_closed();
  });
}

TEST_F(PulseLineTest, APeerThatDoesNotReadHoldsNobodyUp) {
  ASSERT_TRUE(here_);
  for (int i = 0; i < 200'000; ++i) here_->send(pulse_with(17, i));
  EXPECT_EQ(wait_for([&] { return there_->receive(); })->step, 0);
}

TEST(PulseLine, ADoorThatAnswersWithAnotherKeyIsPassedBy) {
  PulseDoors doors = PulseDoors::open();
  std::jthread other([&](const std::stop_token& stop) {
    std::vector<PulseLine> lines;
    while (!stop.stop_requested()) {
      for (PulseLine& line : doors.arrivals()) lines.push_back(std::move(line));
      for (PulseLine& line : lines)
        if (line.receive()) line.send(pulse_with(99, 1));
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  EXPECT_FALSE(connect_line(doors.addresses(), pulse_with(17, 1), kPatience));
}

TEST(PulseLine, NobodyIsFoundBehindADoorThatIsClosed) {
  std::vector<std::string> addresses = PulseDoors::open().addresses();
  addresses.emplace_back("nonsense");
  EXPECT_FALSE(connect_line(addresses, pulse_with(17, 1), kPatience));
}

TEST(Pulse, SaysWhatWasBeingDoneAndInWhichStep) {
  EXPECT_EQ(pulse_of({.step = 0, .what = "preparing the text"}, 0.0).doing(), "preparing the text");
  EXPECT_EQ(pulse_of({.step = 3, .what = "validating"}, 0.0).doing(), "step 3, validating");
  const std::string longer(100, 'x');
  EXPECT_EQ(pulse_of({.step = 0, .what = longer.c_str()}, 0.0).doing(), std::string(84, 'x'));
  EXPECT_EQ(Pulse().doing(), "starting");
}

TEST(Pulse, IsSaidInTheLanguageOfTheListener) {
  const Pulse pulse = pulse_of({.step = 3, .what = "validating"}, 0.0);
  translate_sentences({{"step {0}, {1}", "{1} ({0})"}, {"validating", "Validierung"}});
  EXPECT_EQ(pulse.doing(), "Validierung (3)");
  translate_sentences({});
}

}  // namespace
}  // namespace lockstep
