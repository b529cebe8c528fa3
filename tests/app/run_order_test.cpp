// SPDX-License-Identifier: Apache-2.0
#include "app/run_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "app/new_run_obstacle.h"
#include "checkpoint/owner.h"
#include "config/config_json.h"
#include "config/trainer_arguments.h"
#include "store/saved_run.h"
#include "support/flip_bit.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Arguments = std::vector<std::string>;

class DecideOrder : public testing::Test {
 protected:
  fs::path run() const { return folder_ / "run"; }
  fs::path set(const std::string& name) const { return run() / "shards" / name; }

  // Refused by what stands against it, as the trainer does.
  RunOrder order(Arguments arguments, const std::vector<fs::path>& damaged = {}) const {
    if (std::ranges::find(arguments, "--output-dir") == arguments.end())
      arguments.insert(arguments.end(), {"--output-dir", run().string()});
    const TrainerCommand command = parse(arguments);
    RunOrder found = decide_order(command, /*world_size=*/1, damaged);
    if (const auto obstacle = obstacle_to_new_run(command, found)) throw Error(*obstacle);
    return found;
  }
  // What is said beside the order.
  std::string warnings(const Arguments& arguments) const {
    testing::internal::CaptureStderr();
    static_cast<void>(order(arguments));
    return testing::internal::GetCapturedStderr();
  }
  std::string refusal(const Arguments& arguments, ErrorKind kind) const {
    return message_of([&] { order(arguments); }, kind);
  }

  void expect_fresh(const Arguments& arguments) const {
    const RunOrder found = order(arguments);
    EXPECT_EQ(found.start, RunStart::fresh);
    EXPECT_EQ(found.file, "");
    EXPECT_EQ(found.config.checkpoint.directory, run().string());
  }

  const TempDirectory folder_;
};

TEST_F(DecideOrder, NothingThereIsAFreshStartButForAResume) {
  expect_fresh({});
  expect_fresh({"--auto-resume"});
  expect_fresh({"--overwrite"});
  EXPECT_THAT(refusal({"--resume"}, ErrorKind::checkpoint),
              HasSubstr("there is no checkpoint; start one without --resume"));
  EXPECT_FALSE(fs::exists(run()));
}

TEST_F(DecideOrder, ARunIsResumedOrReplacedButNotMixed) {
  save_run(run(), run_at_epoch(1), 1);
  save_run(run(), run_at_epoch(2), 1);
  for (const char* const flag : {"--resume", "--auto-resume"}) {
    const RunOrder found = order({flag, "--epochs", "7"});
    EXPECT_EQ(found.start, RunStart::resumed);
    EXPECT_EQ(found.file, set("epoch_0002"));
    EXPECT_EQ(found.state.epoch, 2);
    EXPECT_EQ(found.config.train.epochs, 7);
    EXPECT_EQ(found.config.model, run_at_epoch(2).content.model);
    EXPECT_EQ(found.config.data.tokenizer, TokenizerKind::byte);
    EXPECT_EQ(found.config.checkpoint.directory, run().string());  // where it is now
  }
  expect_fresh({"--overwrite"});
  EXPECT_THAT(refusal({}, ErrorKind::usage),
              HasSubstr("it holds a run already; continue that with --resume"));
}

// A dry run gives it its name back no more than this does.
TEST_F(DecideOrder, ASetThatMadeRoomInVainIsResumedFromByTheNameItWillHave) {
  save_run(run(), run_at_epoch(1), 1);
  const fs::path newest = save_within_epoch(run(), run_at_epoch(2), 1);
  const fs::path hidden = newest.string() + ".replaced-0a1b2c3d";
  fs::rename(newest, hidden);
  EXPECT_EQ(order({"--resume"}).file, newest);
  EXPECT_EQ(order({"--resume"}).state.epoch, 2);
  EXPECT_TRUE(fs::exists(hidden));
}

TEST_F(DecideOrder, RemainsWithoutACheckpointAreReplacedOnlyOnDemand) {
  fs::create_directory(run());
  std::ofstream(run() / "training_history.json") << "{}";
  for (const Arguments& arguments : {Arguments{}, Arguments{"--auto-resume"}})
    EXPECT_THAT(refusal(arguments, ErrorKind::usage),
                HasSubstr("no checkpoint to resume from; move them away"));
  EXPECT_THAT(refusal({"--resume"}, ErrorKind::checkpoint), HasSubstr("there is no checkpoint"));
  expect_fresh({"--overwrite"});
}

TEST_F(DecideOrder, ARunWhoseCheckpointsAreAllDamagedIsNotBegunAnew) {
  SmallRun within = run_at_epoch(1);
  flip_bit_at(save_within_epoch(run(), within, 1) / "manifest.json", 100);
  for (const char* const flag : {"--resume", "--auto-resume"})
    EXPECT_THAT(refusal({flag}, ErrorKind::checkpoint), HasSubstr("every checkpoint is damaged"));
  EXPECT_THAT(refusal({}, ErrorKind::usage), HasSubstr("continue that with --resume"));
  expect_fresh({"--overwrite"});
}

TEST_F(DecideOrder, OfWhatIsKnownToBeDamagedTheNextIsTaken) {
  save_run(run(), run_at_epoch(1), 1);
  save_run(run(), run_at_epoch(2), 1);
  std::vector<fs::path> damaged;
  for (const fs::path& next :
       {set("epoch_0002"), run() / "latest.pt", set("epoch_0001"), run() / "model_epoch_1.pt"}) {
    EXPECT_EQ(order({"--resume"}, damaged).file, next);
    damaged.push_back(next);
  }
  EXPECT_THAT(message_of([&] { order({"--auto-resume"}, damaged); }),
              HasSubstr("every checkpoint is damaged"));
}

TEST_F(DecideOrder, WeightsBeginARunOfTheirModelInAnEmptyDirectory) {
  const fs::path weights = save_run(folder_ / "other", run_at_epoch(3), 1);
  const Arguments start = {"--checkpoint", weights.string()};
  const RunOrder found = order(start);
  EXPECT_EQ(found.start, RunStart::from_weights);
  EXPECT_EQ(found.file, weights);
  EXPECT_EQ(found.state.epoch, 0);
  EXPECT_EQ(found.config.model.n_embd, run_at_epoch(3).content.model.n_embd);
  EXPECT_EQ(found.config.model.vocab_size, run_at_epoch(3).content.model.vocab_size);
  EXPECT_EQ(found.config.data.tokenizer, TokenizerKind::byte);
  save_run(run(), run_at_epoch(1), 1);
  const std::string refused = refusal(start, ErrorKind::usage);
  EXPECT_THAT(refused, HasSubstr("it holds a run already; give another --output-dir"));
  EXPECT_THAT(refused, testing::Not(HasSubstr("--resume")));
}

TEST_F(DecideOrder, OnlyANameIsLookedForInAnotherDirectory) {
  save_run(run(), run_at_epoch(1), 1);
  const auto refused = [&](const std::string& name, ErrorKind kind) {
    return refusal({"--checkpoint", name, "--output-dir", (folder_ / "new").string()}, kind);
  };
  EXPECT_THAT(refused("no such name", ErrorKind::checkpoint),
              HasSubstr("looking into checkpoints, as there is no run in "));
  EXPECT_THAT(refused(run().string(), ErrorKind::usage),
              testing::StartsWith("looking for a checkpoint: " + run().string()));
  EXPECT_THAT(refused((folder_ / "none.pt").string(), ErrorKind::checkpoint),
              testing::StartsWith("looking for the checkpoint '"));
}

// A run in a folder of the directory is another one, and so is that of a copy that came here.
TEST_F(DecideOrder, OnlyACheckpointOfTheRunItselfIsTakenForOne) {
  save_run(run(), run_at_epoch(1), 1);
  save_run(run(), run_at_epoch(2), 1);
  const auto refusal_from = [&](const fs::path& checkpoint) {
    return refusal({"--checkpoint", checkpoint.string()}, ErrorKind::usage);
  };
  EXPECT_THAT(refusal_from(run() / "latest.pt"), HasSubstr("the newest checkpoint of it"));
  EXPECT_THAT(refusal_from(set("latest")), HasSubstr("the newest checkpoint of it"));
  EXPECT_THAT(refusal_from(run() / "model_epoch_1.pt"), HasSubstr("an older checkpoint of it"));
  EXPECT_THAT(refusal_from(set("epoch_0001")), HasSubstr("an older checkpoint of it"));
  const fs::path nested = save_run(run() / "mine", run_at_epoch(3), 1);
  const fs::path copy = run() / "copy.pt";
  fs::copy_file(run() / "mine" / "latest.pt", copy);
  for (const fs::path& other : {nested, run() / "mine" / "latest.pt", copy})
    EXPECT_THAT(refusal_from(other),
                HasSubstr("it holds a run already; give another --output-dir"));
}

TEST_F(DecideOrder, WhatTheCheckpointDecidesMayNotBeAskedForOtherwise) {
  save_run(run(), run_at_epoch(1), 1);
  EXPECT_THAT(refusal({"--resume", "--model", "gpt2-small"}, ErrorKind::usage),
              HasSubstr("it holds a model of 1 layers, 1 heads, width 64, 4 positions, "
                        "vocabulary 300, no biases, the configuration asks for 12 layers"));
  EXPECT_THAT(refusal({"--resume", "--tokenizer", "sentencepiece"}, ErrorKind::usage),
              HasSubstr("its tokenizer is of the kind byte, the configuration asks for "
                        "sentencepiece"));
}

TEST_F(DecideOrder, TheSizeOfATokenizerThatIsTakenOverStays) {
  SmallRun saved = run_at_epoch(1);
  saved.content.tokenizer.kind = "sentencepiece";
  const fs::path weights = save_run(run(), saved, 1);
  EXPECT_EQ(warnings({"--resume"}), "");
  EXPECT_EQ(warnings({"--resume", "--tokenizer-vocab-size", "4096"}), "");
  const Arguments resume = {"--resume", "--tokenizer-vocab-size", "500"};
  EXPECT_THAT(warnings(resume), HasSubstr("--tokenizer-vocab-size 500 changes nothing"));
  EXPECT_EQ(order(resume).config.data.tokenizer_vocab_size, 4096);
  EXPECT_THAT(warnings({"--checkpoint", weights.string(), "--output-dir",
                        (folder_ / "new").string(), "--tokenizer-vocab-size", "500"}),
              HasSubstr("changes nothing"));
}

TEST_F(DecideOrder, ADirectoryWhereAProcessIsAtWorkIsLeftToItByANewRunAlone) {
  fs::create_directories(run() / "shards");
  const DirectoryOwner owner(run(), "of another process");
  for (const Arguments& arguments : {Arguments{}, Arguments{"--overwrite"}})
    EXPECT_THAT(refusal(arguments, ErrorKind::usage), HasSubstr("is running there"));
  EXPECT_EQ(warnings({"--auto-resume"}), "");
  save_run(run(), run_at_epoch(1), 1);
  EXPECT_EQ(warnings({"--resume"}), "");  // nothing is taken yet
  testing::internal::CaptureStderr();
  warn_of_taking_over(run());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("takes it from a process that is alive"));
}

TEST_F(DecideOrder, AnotherBatchIsSaidToBeANewPhaseAndTheSameIsNot) {
  SmallRun saved = run_at_epoch(1);
  saved.content.state.lanes = 4;
  save_run(run(), saved, 1);
  EXPECT_EQ(warnings({"--resume"}), "");
  EXPECT_THAT(warnings({"--resume", "--batch-size", "8"}),
              HasSubstr("a new phase begins: its batches are of 8 sequences in 4 lanes, those "
                        "before of 4 sequences in 4 lanes"));
}

TEST_F(DecideOrder, AnotherValidationSetBeginsTheBestLossAnew) {
  save_run(run(), run_at_epoch(1), 1);
  EXPECT_EQ(order({"--resume"}).state.best_epoch, 2);
  const RunOrder changed = order({"--resume", "--val-fraction", "0.4"});
  EXPECT_EQ(changed.state.best_epoch, 0);
  EXPECT_EQ(changed.state.best_loss, TrainState().best_loss);
}

TEST_F(DecideOrder, WithinAnEpochOtherWindowsAreRefused) {
  SmallRun saved = run_at_epoch(1);
  saved.content.state.cursor = 8;
  save_within_epoch(run(), saved, 1);
  EXPECT_THAT(refusal({"--resume", "--seed", "7"}, ErrorKind::usage),
              HasSubstr("in the middle of an epoch: train.seed (--seed) is 7"));
  EXPECT_EQ(order({"--resume", "--epochs", "9"}).state.cursor, 8);
}

TEST(RunOrder, ThereAndBack) {
  RunOrder order{.start = RunStart::resumed, .file = "run/shards/epoch_0003"};
  order.config.train.seed = 7;
  order.config.data.files = {"a \"b\".txt"};
  order.state = run_at_epoch(3).content.state;
  const RunOrder back = order_from_text(order_to_text(order));
  EXPECT_EQ(back.start, order.start);
  EXPECT_EQ(back.file, order.file);
  EXPECT_EQ(back.config, order.config);
  EXPECT_EQ(train_state_to_json(back.state), train_state_to_json(order.state));
}

}  // namespace
}  // namespace lockstep::test
