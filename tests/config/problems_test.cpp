// SPDX-License-Identifier: Apache-2.0
#include "config/problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

std::vector<std::string> problems_after(const std::function<void(RunConfig&)>& change) {
  RunConfig config;
  change(config);
  return problems_in(config);
}

#define EXPECT_FINE(change) EXPECT_THAT(problems_after([](RunConfig& c) { change; }), IsEmpty())
#define EXPECT_PROBLEM(change, sentence) \
  EXPECT_THAT(problems_after([](RunConfig& c) { change; }), ElementsAre(sentence))

TEST(Problems, TheDefaultHasNone) { EXPECT_THAT(problems_in(RunConfig{}), IsEmpty()); }

TEST(Problems, PresetIsKnown) {
  EXPECT_PROBLEM(c.preset = "quik",
                 "preset (--preset) is 'quik'; it must be 'quick', 'standard', 'extended' or "
                 "'precision'; did you mean 'quick'?");
}

TEST(Problems, WhatOnlyAGpuCanDoNeedsOne) {
  EXPECT_FINE(c.train.precision = Precision::fp32);
  EXPECT_FINE(c.train.comm = CommKind::mpi);
  EXPECT_PROBLEM(c.train.precision = Precision::bf16,
                 "train.precision (--precision) is 'bf16'; it must be auto or fp32 on a CPU (or "
                 "give --device cuda)");
  EXPECT_PROBLEM(c.train.comm = CommKind::nccl,
                 "train.comm (--comm) is 'nccl'; it must be auto or mpi on a CPU (or give --device "
                 "cuda)");
  EXPECT_PROBLEM(c.train.fast = true,
                 "train.fast (--fast) is true; it must be false on a CPU (give --fast=false or "
                 "--device cuda)");
  EXPECT_FINE(c.train.device = DeviceKind::cuda; c.train.precision = Precision::bf16;
              c.train.comm = CommKind::nccl; c.train.fast = true);
}

TEST(Problems, ModelNameIsNotEmpty) {
  EXPECT_PROBLEM(c.model.name = "", "model.name (--model) is empty; it must be a text in UTF-8");
  EXPECT_FINE(c.model.name = "my own");
}

TEST(Problems, VocabularyIsNotNegative) {
  EXPECT_FINE(c.model.vocab_size = 0);
  EXPECT_PROBLEM(c.model.vocab_size = -1, "model.vocab_size is -1; it must be at least 0");
  EXPECT_PROBLEM(c.model.vocab_size = 10'000'001,
                 "model.vocab_size is 10000001; it must be at most 10000000");
}

TEST(Problems, ModelHasLayersHeadsAndWidth) {
  EXPECT_PROBLEM(c.model.n_layer = 0, "model.n_layer is 0; it must be at least 1");
  EXPECT_PROBLEM(c.model.n_layer = 10'001, "model.n_layer is 10001; it must be at most 10000");
  EXPECT_PROBLEM(c.model.n_head = 0, "model.n_head is 0; it must be at least 1");
  EXPECT_PROBLEM(c.model.n_embd = 0, "model.n_embd is 0; it must be at least 1");
  EXPECT_PROBLEM(c.model.n_embd = 120'000, "model.n_embd is 120000; it must be at most 100000");
  EXPECT_PROBLEM(c.model.block_size = 0,
                 "model.block_size (--block-size) is 0; it must be at least 1");
  EXPECT_PROBLEM(c.model.block_size = 1'000'001,
                 "model.block_size (--block-size) is 1000001; it must be at most 1000000");
}

TEST(Problems, HeadsDivideTheWidth) {
  EXPECT_PROBLEM(c.model.n_embd = 100,
                 "model.n_embd is 100; it must be a multiple of model.n_head, which is 12");
  EXPECT_FINE(c.model.n_embd = 120);
}

TEST(Problems, DropoutIsBelowOne) {
  EXPECT_FINE(c.model.dropout = 0.0);
  EXPECT_FINE(c.model.dropout = 0.99);
  EXPECT_PROBLEM(c.model.dropout = 1.0,
                 "model.dropout (--dropout) is 1; it must be at least 0 and below 1");
  EXPECT_PROBLEM(c.model.dropout = -0.1,
                 "model.dropout (--dropout) is -0.1; it must be at least 0 and below 1");
  EXPECT_PROBLEM(c.model.dropout = kNan,
                 "model.dropout (--dropout) is nan; it must be at least 0 and below 1");
}

TEST(Problems, ThereIsSomethingToTrainOn) {
  EXPECT_PROBLEM(c.data.files.clear(),
                 "data.files (--data-file) is empty; it must be at least one file or folder of "
                 "text");
  EXPECT_PROBLEM((c.data.files = {"a.txt", ""}),
                 "data.files (--data-file) is 'a.txt', empty; it must be names of files or "
                 "folders, none of them empty");
  EXPECT_PROBLEM(c.data.validation_files = {""},
                 "data.validation_files (--val-file) is empty; it must be names of files or "
                 "folders, none of them empty");
}

TEST(Problems, NamesAreUtf8BecauseTheyAreStored) {
  EXPECT_PROBLEM(c.data.files = {"\xff.txt"},
                 "data.files (--data-file) is '\xff.txt'; it must be names in UTF-8");
  EXPECT_PROBLEM(c.checkpoint.directory = "\xff",
                 "checkpoint.directory (--output-dir) is '\xff'; it must be a name in UTF-8");
  EXPECT_FINE(c.checkpoint.directory = "检查点");
  EXPECT_PROBLEM(c.data.local_dir = "\xff",
                 "data.local_dir (--local-dir) is '\xff'; it must be a name in UTF-8");
}

TEST(Problems, ValidationFractionLeavesBothSomething) {
  const std::string allowed =
      "; it must be above 0 and below 1 (or name validation files with --val-file)";
  EXPECT_PROBLEM(c.data.val_fraction = 0.0, "data.val_fraction (--val-fraction) is 0" + allowed);
  EXPECT_PROBLEM(c.data.val_fraction = 1.0, "data.val_fraction (--val-fraction) is 1" + allowed);
  EXPECT_PROBLEM(c.data.val_fraction = kNan, "data.val_fraction (--val-fraction) is nan" + allowed);
  EXPECT_FINE(c.data.val_fraction = 0.5);
}

TEST(Problems, ValidationFractionIsFreeWithValidationFiles) {
  EXPECT_FINE({
    c.data.val_fraction = 0.0;
    c.data.validation_files = {"val.txt"};
  });
}

TEST(Problems, ValidationFractionIsANumberThatJsonCanHold) {
  for (const double number : {kNan, kInfinity}) {
    const auto problems = problems_after([&](RunConfig& c) {
      c.data.val_fraction = number;
      c.data.validation_files = {"val.txt"};
    });
    EXPECT_THAT(problems, ElementsAre(testing::EndsWith("; it must be a finite number")));
  }
}

TEST(Problems, StrideIsNotNegative) {
  EXPECT_FINE(c.data.stride = 1);
  EXPECT_PROBLEM(c.data.stride = -1, "data.stride (--stride) is -1; it must be at least 0");
  EXPECT_PROBLEM(c.data.stride = 1'000'000'001,
                 "data.stride (--stride) is 1000000001; it must be at most 1000000000");
}

TEST(Problems, SentencePieceNeedsRoomForBytes) {
  EXPECT_FINE(c.data.tokenizer_vocab_size = 300);
  EXPECT_PROBLEM(c.data.tokenizer_vocab_size = 299,
                 "data.tokenizer_vocab_size (--tokenizer-vocab-size) is 299; it must be at least "
                 "300");
}

TEST(Problems, BytesNeedNoVocabularySize) {
  EXPECT_FINE({
    c.data.tokenizer = TokenizerKind::byte;
    c.data.tokenizer_vocab_size = 0;
  });
}

TEST(Problems, BatchHasASequence) {
  EXPECT_PROBLEM(c.train.batch_size = 0,
                 "train.batch_size (--batch-size) is 0; it must be at least 1");
  EXPECT_PROBLEM(c.train.batch_size = -4,
                 "train.batch_size (--batch-size) is -4; it must be at least 1");
  EXPECT_PROBLEM(c.train.batch_size = 1'000'001,
                 "train.batch_size (--batch-size) is 1000001; it must be at most 1000000");
}

TEST(Problems, BatchPerRankMayStandForTheBatch) {
  EXPECT_FINE({
    c.train.batch_size = 0;
    c.train.batch_per_rank = 2;
  });
  EXPECT_PROBLEM(c.train.batch_per_rank = -1,
                 "train.batch_per_rank (--batch-per-rank) is -1; it must be at least 0");
  EXPECT_PROBLEM(c.train.batch_per_rank = 1'000'001,
                 "train.batch_per_rank (--batch-per-rank) is 1000001; it must be at most 1000000");
}

TEST(Problems, EpochsAndStepsAreCounts) {
  EXPECT_PROBLEM(c.train.epochs = 0, "train.epochs (--epochs) is 0; it must be at least 1");
  EXPECT_PROBLEM(c.train.epochs = 1'000'001,
                 "train.epochs (--epochs) is 1000001; it must be at most 1000000");
  EXPECT_PROBLEM(c.train.max_steps = -1,
                 "train.max_steps (--max-steps) is -1; it must be at least 0");
  EXPECT_PROBLEM(c.train.threads = -1, "train.threads (--threads) is -1; it must be at least 0");
  EXPECT_PROBLEM(c.train.threads = 4097,
                 "train.threads (--threads) is 4097; it must be at most 4096");
}

TEST(Problems, LanesDivideTheBatch) {
  EXPECT_FINE(c.train.lanes = 2);
  EXPECT_PROBLEM(c.train.lanes = 3,
                 "train.lanes (--lanes) is 3; it must be 0 (chosen by the batch) or a divisor of "
                 "train.batch_size, which is 4: 1, 2 or 4");
  EXPECT_PROBLEM(c.train.lanes = -1,
                 "train.lanes (--lanes) is -1; it must be 0 (chosen by the batch) or a divisor of "
                 "train.batch_size, which is 4: 1, 2 or 4");
}

TEST(Problems, ManyDivisorsAreCutShort) {
  const std::vector<std::string> problems = problems_after([](RunConfig& c) {
    c.train.batch_size = 720'720;
    c.train.lanes = 17;
  });
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0], testing::EndsWith("14, 15, 16, ... or 720720"));
}

TEST(Problems, LearningRateIsPositiveAndFinite) {
  const std::string is = "optim.learning_rate (--learning-rate) is ";
  const std::string allowed = "; it must be a finite number above 0";
  EXPECT_PROBLEM(c.optim.learning_rate = 0.0, is + "0" + allowed);
  EXPECT_PROBLEM(c.optim.learning_rate = -1e-4, is + "-0.0001" + allowed);
  EXPECT_PROBLEM(c.optim.learning_rate = kInfinity, is + "inf" + allowed);
  EXPECT_PROBLEM(c.optim.learning_rate = kNan, is + "nan" + allowed);
}

TEST(Problems, SmallestRateIsBelowThePeak) {
  EXPECT_FINE(c.optim.min_learning_rate = 1e-4);
  EXPECT_PROBLEM(c.optim.min_learning_rate = 2e-4,
                 "optim.min_learning_rate (--min-learning-rate) is 0.0002; it must be at most "
                 "optim.learning_rate, which is 0.0001");
  EXPECT_PROBLEM(c.optim.min_learning_rate = -1.0,
                 "optim.min_learning_rate (--min-learning-rate) is -1; it must be a finite number "
                 "that is not negative");
}

TEST(Problems, WarmupIsNotNegative) {
  EXPECT_PROBLEM(c.optim.warmup_steps = -1,
                 "optim.warmup_steps (--warmup-steps) is -1; it must be at least 0");
}

TEST(Problems, BetasAreBelowOne) {
  EXPECT_FINE(c.optim.beta1 = 0.0);
  EXPECT_PROBLEM(c.optim.beta1 = 1.0,
                 "optim.beta1 (--beta1) is 1; it must be at least 0 and below 1");
  EXPECT_PROBLEM(c.optim.beta2 = -0.5,
                 "optim.beta2 (--beta2) is -0.5; it must be at least 0 and below 1");
  EXPECT_PROBLEM(c.optim.beta2 = kNan,
                 "optim.beta2 (--beta2) is nan; it must be at least 0 and below 1");
}

TEST(Problems, EpsDecayAndClippingHaveASign) {
  EXPECT_PROBLEM(c.optim.eps = 0.0, "optim.eps (--eps) is 0; it must be a finite number above 0");
  EXPECT_FINE(c.optim.weight_decay = 0.0);
  EXPECT_PROBLEM(c.optim.weight_decay = -0.01,
                 "optim.weight_decay (--weight-decay) is -0.01; it must be a finite number that is "
                 "not negative");
  EXPECT_FINE(c.optim.clip_norm = 0.0);
  EXPECT_PROBLEM(c.optim.clip_norm = -1.0,
                 "optim.clip_norm (--clip-norm) is -1; it must be a finite number that is not "
                 "negative (0: no clipping)");
  EXPECT_PROBLEM(c.optim.clip_norm = kInfinity,
                 "optim.clip_norm (--clip-norm) is inf; it must be a finite number that is not "
                 "negative (0: no clipping)");
}

TEST(Problems, CheckpointsHaveAFolder) {
  EXPECT_PROBLEM(c.checkpoint.directory = "",
                 "checkpoint.directory (--output-dir) is empty; it must be the name of a folder");
  EXPECT_FINE(c.checkpoint.keep_last_n = 0);
  EXPECT_PROBLEM(c.checkpoint.keep_last_n = -1,
                 "checkpoint.keep_last_n (--keep-last-n) is -1; it must be at least 0");
}

// A clock cannot count more.
TEST(Problems, TheDeadlineOfASaveHasAnEnd) {
  EXPECT_PROBLEM(c.checkpoint.save_deadline_seconds = 0.0,
                 "checkpoint.save_deadline_seconds is 0; it must be a finite number above 0");
  EXPECT_PROBLEM(c.checkpoint.save_deadline_seconds = 1e12,
                 "checkpoint.save_deadline_seconds is 1e+12; it must be at most 1000000");
  EXPECT_PROBLEM(c.checkpoint.save_deadline_seconds = kInfinity,
                 "checkpoint.save_deadline_seconds is inf; it must be a finite number above 0");
}

TEST(Problems, AreAllReportedAtOnce) {
  EXPECT_THAT(problems_after([](RunConfig& c) {
                c.train.epochs = 0;
                c.model.n_layer = 0;
                c.checkpoint.keep_last_n = -1;
              }),
              ElementsAre("model.n_layer is 0; it must be at least 1",
                          "train.epochs (--epochs) is 0; it must be at least 1",
                          "checkpoint.keep_last_n (--keep-last-n) is -1; it must be at least 0"));
}

TEST(Problems, OfAModelThatSomebodyElseDescribesAreThoseOfItsSizes) {
  ModelConfig model;
  model.name = "";
  EXPECT_THAT(problems_in(model), IsEmpty());
  model.n_head = 0;
  EXPECT_THAT(problems_in(model), ElementsAre("model.n_head is 0; it must be at least 1"));
}

std::string refusal_listing(const std::vector<std::string>& problems) {
  return message_of([&] { refuse_problems("the configuration", problems); }, ErrorKind::usage);
}

TEST(RefuseProblems, ListsThemOnALineEach) {
  EXPECT_EQ(refusal_listing({"a is 0", "b is 1"}),
            "2 problems in the configuration:\n  - a is 0\n  - b is 1");
}

TEST(RefuseProblems, SaysASingleOneInOneSentence) {
  EXPECT_EQ(refusal_listing({"a is 0"}), "a is 0");
}

TEST(RefuseProblems, LetsAGoodConfigurationPass) {
  EXPECT_NO_THROW(refuse_problems("the configuration", {}));
}

}  // namespace
}  // namespace lockstep::test
