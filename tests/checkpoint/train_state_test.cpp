// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/train_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/deep_json.h"
#include "support/message_of.h"

namespace lockstep {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(TrainState, SurvivesTheWayThereAndBackBitForBit) {
  const TrainState state{.epoch = 3,
                         .step = 18756,
                         .skipped_steps = 7,
                         .cursor = 4097,
                         .cursor_skipped = 24,
                         .cursor_loss_sum = 12.0 / 7.0,
                         .lanes = 8,
                         .best_loss = 0.1 + 0.2,
                         .best_epoch = 2,
                         .train_loss = 1.0 / 3.0,
                         .val_loss = 4.9406564584124654e-324,
                         .history = {{5.25, 1.0 / 3.0}, {4.0, 0.1 + 0.2}, {1, 2}},
                         .tokens_digest = "00ff",
                         .run_config = "{}"};
  const TrainState back = train_state_from_json(train_state_to_json(state));
  EXPECT_EQ(back.epoch, 3);
  EXPECT_EQ(back.step, 18756);
  EXPECT_EQ(back.skipped_steps, 7);
  EXPECT_EQ(back.cursor, 4097);
  EXPECT_EQ(back.cursor_skipped, 24);
  EXPECT_EQ(back.cursor_loss_sum, 12.0 / 7.0);
  EXPECT_EQ(back.lanes, 8);
  EXPECT_EQ(back.best_loss, state.best_loss);
  EXPECT_EQ(back.best_epoch, 2);
  EXPECT_EQ(back.train_loss, state.train_loss);
  EXPECT_EQ(back.val_loss, state.val_loss);
  EXPECT_EQ(back.history, state.history);
  EXPECT_EQ(back.tokens_digest, "00ff");
}

TEST(TrainState, ARunThatNeverStoppedWithinAnEpochStandsAtABeginning) {
  const std::string old =
      R"({"epoch": 2, "step": 20, "best_loss": 4.5, "best_epoch": 1, "train_loss": 5.0,
          "val_loss": 4.75, "history": {"train_loss": [], "val_loss": [], "epochs": []},
          "tokens_digest": "", "run_config": {}})";
  const TrainState state = train_state_from_json(old);
  EXPECT_EQ(state.cursor, 0);
  EXPECT_EQ(state.cursor_loss_sum, 0.0);
  EXPECT_EQ(state.skipped_steps, 0);
  EXPECT_EQ(state.cursor_skipped, 0);
  EXPECT_EQ(state.lanes, 0);
}

TEST(TrainState, SkippedStepsAreNoUpdates) {
  EXPECT_EQ(updates_made({.step = 12, .skipped_steps = 2}), 10);
}

TEST(TrainState, InfinityAndNanSurvive) {
  const TrainState state{.best_loss = kInfinity, .history = {{kNan}, {-kInfinity}, {1}}};
  const TrainState back = train_state_from_json(train_state_to_json(state));
  EXPECT_EQ(back.best_loss, kInfinity);
  EXPECT_TRUE(std::isnan(back.train_loss));
  EXPECT_TRUE(std::isnan(back.history.train_loss[0]));
  EXPECT_EQ(back.history.val_loss[0], -kInfinity);
}

TEST(TrainState, AHistoryOfUnequalListsIsReadAsNone) {
  const TrainState state{.epoch = 3, .history = {{1.5}, {2.5}, {1, 2, 3}}};
  const TrainState back = train_state_from_json(train_state_to_json(state));
  EXPECT_EQ(back.history, History());
  EXPECT_EQ(back.epoch, 3);
}

TEST(TrainState, TheConfigurationKeepsTheOrderOfItsKeys) {
  const TrainState state{.run_config = R"({"z": 1, "a": {"y": 2, "b": 3}})"};
  const std::string config = train_state_from_json(train_state_to_json(state)).run_config;
  EXPECT_LT(config.find("\"z\""), config.find("\"a\""));
}

TEST(TrainState, AMissingEntryIsNamed) {
  try {
    train_state_from_json(R"({"history": {}, "epoch": 1})");
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr("'step'"));
  }
}

TEST(TrainState, WhatIsNotJsonIsAnError) {
  EXPECT_THROW(train_state_from_json("{"), Error);
  EXPECT_THROW(train_state_from_json("[]"), Error);
}

TEST(TrainState, ACountThatIsNoneIsAnError) {
  for (const char* const count : {"-1", "1.5", "1e308", "9223372036854775808", "\"3\"", "null"}) {
    for (const char* const key : {"epoch", "step", "cursor", "lanes", "best_epoch"}) {
      std::string text = train_state_to_json({});
      const std::string entry = "\"" + std::string(key) + "\": ";
      text.replace(text.find(entry + "0"), entry.size() + 1, entry + count);
      EXPECT_EQ(test::message_of([&] { train_state_from_json(text); }),
                "reading the state of the run: " +
                    (count[1] == 'e'   ? std::string("1e+308")
                     : count[0] == '9' ? "9223372036854775808"
                                       : count) +
                    " stands where a count should be")
          << key;
    }
  }
}

TEST(TrainState, AConfigurationThatIsNoObjectIsAnError) {
  std::string text = train_state_to_json({.run_config = "{}"});
  text.replace(text.find("\"run_config\": {}"), std::string("\"run_config\": {}").size(),
               "\"run_config\": []");
  EXPECT_EQ(test::message_of([&] { train_state_from_json(text); }),
            "reading the state of the run: 'run_config' is no object");
}

TEST(TrainState, WhatNestsTooDeepIsAnError) {
  const std::string text = train_state_to_json({.run_config = "{\"train\": 1}"});
  const std::size_t place = text.find("{\n    \"train\"");
  ASSERT_NE(place, std::string::npos);
  const auto read = [&] { train_state_from_json(text.substr(0, place) + test::deep_list() + "}"); };
  EXPECT_EQ(test::message_of(read),
            "reading the state of the run: it nests deeper than 100 levels");
}

TEST(History, HasTheKeysThatPeoplesProgramsRead) {
  EXPECT_EQ(history_to_json({{5.5, 3.25}, {4.5, kNan}, {1, 2}}),
            "{\"train_loss\":[5.5,3.25],\"val_loss\":[4.5,null],\"epochs\":[1,2]}\n");
}

}  // namespace
}  // namespace lockstep
