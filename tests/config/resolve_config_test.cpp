// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "config/config_json.h"
#include "config/fields.h"
#include "config/presets.h"
#include "config/problems.h"
#include "config/trainer_arguments.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

RunConfig resolve(const std::vector<std::string>& arguments,
                  const std::optional<RunConfig>& stored = std::nullopt) {
  return resolve_config(parse(arguments), stored);
}

class ResolveConfig : public testing::Test {
 protected:
  std::string file(const std::string& json) const {
    const std::filesystem::path path = directory_ / "run.json";
    write_durably(path, json, ErrorKind::input);
    return path.string();
  }

  TempDirectory directory_;
};

std::string refusal_by_resolving(const std::vector<std::string>& arguments) {
  return message_of([&] { resolve(arguments); }, ErrorKind::usage);
}

TEST_F(ResolveConfig, NothingGivenIsTheDefault) { EXPECT_EQ(resolve({}), RunConfig{}); }

TEST_F(ResolveConfig, PresetBeatsTheDefault) {
  EXPECT_EQ(resolve({"--preset", "extended"}).train.epochs, 10);
}

TEST_F(ResolveConfig, FileBeatsThePreset) {
  const RunConfig config =
      resolve({"--preset", "extended", "--config", file(R"({"train": {"epochs": 4}})")});
  EXPECT_EQ(config.train.epochs, 4);
  EXPECT_EQ(config.train.batch_size, 8);
}

TEST_F(ResolveConfig, APresetFlagBeatsThePresetOfTheFile) {
  const RunConfig config = resolve(
      {"--preset", "quick", "--config", file(R"({"preset": "extended", "train": {"epochs": 4}})")});
  EXPECT_EQ(config.preset, "quick");
  EXPECT_EQ(config.train.batch_size, 2);
  EXPECT_EQ(config.train.epochs, 4);
}

TEST_F(ResolveConfig, SaysThatAPresetChangesNothingBesideAFileThatStatesAllOfIt) {
  const auto warned = [&](const std::string& preset) {
    testing::internal::CaptureStderr();
    resolve({"--preset", preset, "--config", file(config_to_json(RunConfig()))});
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(warned("quick"), HasSubstr("--preset quick changes nothing: "));
  EXPECT_EQ(warned("standard"), "");  // the file says the same
}

TEST_F(ResolveConfig, SaysThatAFractionChangesNothingBesideValidationFiles) {
  const auto said = [&](const std::vector<std::string>& arguments) {
    testing::internal::CaptureStderr();
    resolve(arguments);
    return testing::internal::GetCapturedStderr();
  };
  const std::string named =
      file(R"({"data": {"validation_files": ["v.txt"], "val_fraction": 0.1}})");
  EXPECT_EQ(said({"--config", named}), "");
  EXPECT_EQ(said({"--val-fraction", "0.5"}), "");
  EXPECT_THAT(said({"--config", named, "--val-fraction", "0.5"}),
              HasSubstr("--val-fraction changes nothing: the configuration names validation files "
                        "(v.txt)"));
}

TEST_F(ResolveConfig, FlagBeatsTheFile) {
  const RunConfig config =
      resolve({"--config", file(R"({"train": {"epochs": 4, "seed": 9}})"), "--epochs", "6"});
  EXPECT_EQ(config.train.epochs, 6);
  EXPECT_EQ(config.train.seed, 9U);
}

TEST_F(ResolveConfig, TheOrderOnTheCommandLineDoesNotMatter) {
  const RunConfig config =
      resolve({"--block-size", "32", "--epochs", "6", "--model", "tiny", "--preset", "extended"});
  EXPECT_EQ(config.model.block_size, 32);
  EXPECT_EQ(config.model.n_embd, 64);
  EXPECT_EQ(config.train.epochs, 6);
}

// In the order of fields_of(); flags that contradict others are in a command of their own.
TEST_F(ResolveConfig, EveryFlagReachesItsSetting) {
  const std::vector<std::string> arguments = {"--preset",
                                              "quick",
                                              "--model",
                                              "tiny",
                                              "--block-size",
                                              "40",
                                              "--dropout",
                                              "0.3",
                                              "--data-file",
                                              "a",
                                              "--data-file",
                                              "b",
                                              "--val-file",
                                              "v",
                                              "--stride",
                                              "3",
                                              "--tokenizer",
                                              "byte",
                                              "--tokenizer-vocab-size",
                                              "301",
                                              "--local-dir",
                                              "near",
                                              "--batch-size",
                                              "6",
                                              "--epochs",
                                              "7",
                                              "--max-steps",
                                              "8",
                                              "--lanes",
                                              "3",
                                              "--seed",
                                              "5",
                                              "--device",
                                              "cuda",
                                              "--precision",
                                              "bf16",
                                              "--comm",
                                              "nccl",
                                              "--fast",
                                              "--threads",
                                              "2",
                                              "--check-lockstep",
                                              "11",
                                              "--max-skipped-steps",
                                              "12",
                                              "--learning-rate",
                                              "5e-5",
                                              "--schedule",
                                              "cosine",
                                              "--warmup-steps",
                                              "9",
                                              "--min-learning-rate",
                                              "1e-6",
                                              "--beta1",
                                              "0.8",
                                              "--beta2",
                                              "0.9",
                                              "--eps",
                                              "1e-7",
                                              "--weight-decay",
                                              "0.2",
                                              "--weight-decay-scope",
                                              "matrices",
                                              "--clip-norm",
                                              "2",
                                              "--output-dir",
                                              "out",
                                              "--no-save-every-epoch",
                                              "--keep-last-n",
                                              "4",
                                              "--save-every-steps",
                                              "13",
                                              "--save-every-minutes",
                                              "1.5",
                                              "--export",
                                              "best",
                                              "--on-save-error",
                                              "retry"};
  const std::vector<std::string> others = {"--batch-per-rank", "10", "--val-fraction", "0.4"};
  RunConfig config = resolve(arguments);
  for (const Field& field : fields_of(config))
    EXPECT_TRUE(field.flag.empty() || std::ranges::count(arguments, field.flag) > 0 ||
                std::ranges::count(others, field.flag) > 0)
        << field.flag << " is not among the arguments";
  RunConfig expected;
  expected.preset = "quick";
  expected.model = find_model("tiny")->config;
  expected.model.block_size = 40;
  expected.model.dropout = 0.3;
  expected.data = {.files = {"a", "b"},
                   .validation_files = {"v"},
                   .stride = 3,
                   .tokenizer = TokenizerKind::byte,
                   .tokenizer_vocab_size = 301,
                   .local_dir = "near"};
  expected.train = {.batch_size = 6,
                    .epochs = 7,
                    .max_steps = 8,
                    .lanes = 3,
                    .seed = 5,
                    .device = DeviceKind::cuda,
                    .precision = Precision::bf16,
                    .comm = CommKind::nccl,
                    .fast = true,
                    .threads = 2,
                    .check_lockstep = 11,
                    .max_skipped_steps = 12};
  expected.optim = {.learning_rate = 5e-5,
                    .schedule = RateSchedule::cosine,
                    .warmup_steps = 9,
                    .min_learning_rate = 1e-6,
                    .beta1 = 0.8,
                    .beta2 = 0.9,
                    .eps = 1e-7,
                    .weight_decay = 0.2,
                    .weight_decay_scope = WeightDecayScope::matrices,
                    .clip_norm = 2.0};
  expected.checkpoint = {.directory = "out",
                         .save_every_epoch = false,
                         .keep_last_n = 4,
                         .save_every_steps = 13,
                         .save_every_minutes = 1.5,
                         .export_rule = ExportRule::best,
                         .on_save_error = SaveErrorPolicy::retry};
  EXPECT_EQ(config, expected);
  EXPECT_EQ(resolve(others).train.batch_per_rank, 10);
  EXPECT_EQ(resolve(others).data.val_fraction, 0.4);
}

TEST_F(ResolveConfig, ABatchPerRankFlagBeatsTheBatchOfPresetAndFile) {
  RunConfig config =
      resolve({"--config", file(R"({"train": {"batch_size": 8}})"), "--batch-per-rank", "3"});
  EXPECT_EQ(resolve_batch(config, 2), std::vector<std::string>{});
  EXPECT_EQ(config.train.batch_size, 6);
}

TEST_F(ResolveConfig, ABatchFlagBeatsTheBatchPerRankOfTheFile) {
  RunConfig config =
      resolve({"--config", file(R"({"train": {"batch_per_rank": 8}})"), "--batch-size", "3"});
  EXPECT_EQ(resolve_batch(config, 2), std::vector<std::string>{});
  EXPECT_EQ(config.train.batch_size, 3);
}

TEST_F(ResolveConfig, AModelOfOnesOwnSizeHasNoNameOfAnother) {
  const auto name = [&](const std::string& model, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--config", file(R"({"model": )" + model + "}")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return resolve(arguments).model.name;
  };
  EXPECT_EQ(name(R"({"n_layer": 1, "n_head": 2, "n_embd": 32})"), "custom");
  EXPECT_EQ(name(R"({"name": "tiny", "n_layer": 3})"), "custom");
  EXPECT_EQ(name(R"({"name": "mine", "n_layer": 1, "n_head": 2, "n_embd": 32})"), "mine");
  EXPECT_EQ(name(R"({"vocab_size": 0, "block_size": 64, "dropout": 0.0, "bias": false})"),
            "gpt2-small");
  EXPECT_EQ(name(R"({"n_layer": 1})", {"--model", "tiny"}), "tiny");
}

TEST_F(ResolveConfig, WhatWasSavedRunsTheSame) {
  const RunConfig config = resolve({"--preset", "precision", "--model", "tiny", "--learning-rate",
                                    "3.3e-5", "--data-file", "数据.txt"});
  EXPECT_EQ(resolve({"--config", file(config_to_json(config))}), config);
}

TEST_F(ResolveConfig, AResumedRunStartsFromWhatWasStored) {
  RunConfig stored;
  stored.train.seed = 99;
  stored.train.epochs = 12;
  const RunConfig config = resolve({"--resume", "--keep-last-n", "1"}, stored);
  stored.checkpoint.keep_last_n = 1;
  EXPECT_EQ(config, stored);
}

TEST_F(ResolveConfig, APresetGivenWithResumeIsMeant) {
  RunConfig stored;
  stored.train.seed = 99;
  const RunConfig config = resolve({"--resume", "--preset", "extended"}, stored);
  EXPECT_EQ(config.train.seed, 99U);
  EXPECT_EQ(config.train.epochs, 10);
}

TEST_F(ResolveConfig, MoreEpochsAddToTheTotalOfTheStoredRun) {
  RunConfig stored;
  stored.train.epochs = 12;
  EXPECT_EQ(resolve({"--resume", "--more-epochs", "2"}, stored).train.epochs, 14);
}

TEST_F(ResolveConfig, MoreEpochsThanNoneAreTheTotalOfAFreshRun) {
  EXPECT_EQ(resolve({"--auto-resume", "--more-epochs", "2"}).train.epochs, 2);
}

TEST_F(ResolveConfig, MoreEpochsDoNotOverflow) {
  RunConfig stored;
  stored.train.epochs = 9223372036854775807;
  EXPECT_THROW(resolve({"--resume", "--more-epochs", "2"}, stored), Error);
}

TEST_F(ResolveConfig, SuggestsAPreset) {
  EXPECT_EQ(refusal_by_resolving({"--preset", "lng"}),
            "preset (--preset) is 'lng'; it must be 'quick', 'standard', 'extended' or "
            "'precision'; did you mean 'extended'?");
}

TEST_F(ResolveConfig, ReportsTheProblemsOfPresetFileAndFlagsTogether) {
  const std::string run = file(R"({"train": {"batch_sise": 4}, "optim": {"eps": "x"}})");
  EXPECT_EQ(refusal_by_resolving({"--preset", "lng", "--config", run, "--epochs", "0"}),
            "4 problems in the configuration:\n"
            "  - preset (--preset) is 'lng'; it must be 'quick', 'standard', 'extended' or "
            "'precision'; did you mean 'extended'?\n"
            "  - " +
                run +
                ": train.batch_sise: unknown key; did you mean 'batch_size'?\n"
                "  - " +
                run +
                ": optim.eps (--eps) is 'x'; it must be a number\n"
                "  - train.epochs (--epochs) is 0; it must be at least 1");
}

TEST_F(ResolveConfig, NamesTheFileThatIsNotJson) {
  EXPECT_THAT(refusal_by_resolving({"--config", file("{")}),
              HasSubstr("run.json: the JSON cannot be read: line"));
}

TEST_F(ResolveConfig, AFileThatCannotBeReadIsNamedWithItsFlag) {
  const std::string missing = (directory_ / "none.json").string();
  EXPECT_EQ(refusal_by_resolving({"--config", missing}),
            "reading " + missing + ": open: No such file or directory (errno 2); check --config");
  EXPECT_EQ(refusal_by_resolving({"--config", directory_.path().string()}),
            "reading " + directory_.path().string() + ": it is no file; check --config");
}

TEST_F(ResolveConfig, APipeIsNotWaitedFor) {
  const std::string pipe = (directory_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refusal_by_resolving({"--config", pipe}), HasSubstr("it is no file; check --config"));
}

using Settings = std::set<std::string>;

TEST_F(ResolveConfig, NamesTheSettingsThatTheCommandDecides) {
  EXPECT_EQ(named_settings(parse({"--resume"})), Settings{});
  EXPECT_EQ(named_settings(parse({"--resume", "--more-epochs", "2", "--seed", "3"})),
            (Settings{"train.epochs", "train.seed"}));
  const std::string run = file(R"({"train": {"max_steps": 4}, "data": {"stride": 3}})");
  EXPECT_EQ(named_settings(parse({"--config", run})), (Settings{"train.max_steps", "data.stride"}));
  EXPECT_TRUE(named_settings(parse({"--preset", "quick"})).contains("train.epochs"));
}

TEST_F(ResolveConfig, ProblemsOfSettingsAreToldWithThoseOfTheCommandLine) {
  const std::string missing = (directory_ / "nope.json").string();
  const std::string said =
      refusal({"--batch-size", "4x", "--learning-rate", "-1", "--device", "tpu", "--precision",
               "bf16", "--lanes", "3", "--preset", "foo", "--model", "bar", "--config", missing});
  EXPECT_THAT(said, HasSubstr("6 problems in the command line:"));
  EXPECT_THAT(said, HasSubstr("--batch-size is '4x'"));
  EXPECT_THAT(said, HasSubstr("--device is 'tpu'"));
  EXPECT_THAT(said, HasSubstr("--model is 'bar'"));
  EXPECT_THAT(said, HasSubstr("preset (--preset) is 'foo'"));
  EXPECT_THAT(said, HasSubstr(missing));
  EXPECT_THAT(said, HasSubstr("optim.learning_rate (--learning-rate) is -1"));
}

TEST_F(ResolveConfig, WhatACheckpointDecidesIsNotJudgedBeforeItIsRead) {
  EXPECT_EQ(refusal({"--resume", "--lanes", "3", "--epochs", "x"}),
            "--epochs is 'x'; it must be a whole number");
  EXPECT_THAT(refusal({"--lanes", "3", "--epochs", "x"}), HasSubstr("train.lanes (--lanes) is 3"));
}

TEST_F(ResolveConfig, AMissingFileIsToldWithOtherProblems) {
  const std::string missing = (directory_ / "nope.json").string();
  EXPECT_THAT(refusal({"--config", missing, "--learning-rate", "-1"}),
              HasSubstr("2 problems in the command line:"));
  EXPECT_EQ(refusal({"--config", missing}), "accepted");  // told when it is read
}

}  // namespace
}  // namespace lockstep::test
