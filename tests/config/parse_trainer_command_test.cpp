// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/trainer_flags.h"
#include "base/error.h"
#include "config/trainer_arguments.h"

namespace lockstep::test {
namespace {

using testing::StartsWith;

TEST(ParseTrainerCommand, NothingMeansARunWithTheDefaults) {
  const TrainerCommand command = parse({});
  EXPECT_EQ(command.action, TrainerAction::run);
  EXPECT_TRUE(command.overrides.empty());
  EXPECT_FALSE(command.preset || command.model || command.config_file || command.lang);
  EXPECT_FALSE(command.resume || command.auto_resume || command.overwrite || command.quiet);
}

TEST(ParseTrainerCommand, KnowsWhatIsAskedFor) {
  EXPECT_EQ(parse({"--dry-run"}).action, TrainerAction::dry_run);
  EXPECT_EQ(parse({"--list-presets"}).action, TrainerAction::list_presets);
  EXPECT_EQ(parse({"--version"}).action, TrainerAction::version);
  EXPECT_EQ(parse({"-h"}).action, TrainerAction::help);
  EXPECT_EQ(parse({"--help", "--lang", "zh"}).help, trainer_help(Language::zh));
  EXPECT_EQ(parse({"--lang=en", "-h"}).help, trainer_help(Language::en));
}

TEST(ParseTrainerCommand, ReadsHowLongRanksMayBeSilent) {
  EXPECT_EQ(parse({}).peer_timeout_seconds, 60);
  EXPECT_EQ(parse({"--peer-timeout", "5"}).peer_timeout_seconds, 5);
}

TEST(ParseTrainerCommand, ReadsATimeLimit) {
  EXPECT_EQ(parse({}).time_limit, std::nullopt);
  EXPECT_EQ(parse({"--time-limit", "90"}).time_limit, std::chrono::minutes(90));
  EXPECT_EQ(parse({"--time-limit", "1-00:00:00"}).time_limit, std::chrono::hours(24));
  EXPECT_EQ(refusal({"--time-limit", "2h"}),
            "--time-limit is '2h'; it must be above 0, as minutes, H:MM:SS or D-HH:MM:SS");
}

TEST(ParseTrainerCommand, HelpsEvenWhoGotTheRestWrong) {
  EXPECT_EQ(parse({"--epochs", "x", "--help", "--colour"}).action, TrainerAction::help);
}

TEST(ParseTrainerCommand, ReadsWhatIsNotPartOfTheConfiguration) {
  const TrainerCommand command =
      parse({"--preset", "quick", "--model=tiny", "--config", "a.json", "--save-config", "b.json",
             "--auto-resume", "--checkpoint", "best", "--metrics-file", "m.jsonl", "--log-every",
             "10", "--lang", "zh", "--quiet", "--more-epochs", "2"});
  EXPECT_EQ(command.preset, "quick");
  EXPECT_EQ(command.model, "tiny");
  EXPECT_EQ(command.config_file, "a.json");
  EXPECT_EQ(command.save_config_file, "b.json");
  EXPECT_TRUE(command.auto_resume);
  EXPECT_EQ(command.checkpoint, "best");
  EXPECT_EQ(command.metrics_file, "m.jsonl");
  EXPECT_EQ(command.log_every, 10);
  EXPECT_EQ(command.lang, "zh");
  EXPECT_TRUE(command.quiet);
  EXPECT_EQ(command.more_epochs, 2);
  EXPECT_TRUE(command.overrides.empty());
}

TEST(ParseTrainerCommand, KeepsEveryDataFile) {
  const TrainerCommand command = parse({"--data-file", "a.txt", "--seed", "1", "--data-file=[b]"});
  EXPECT_EQ(command.overrides,
            (std::vector<FlagOverride>{{"--data-file", {"a.txt", "[b]"}}, {"--seed", {"1"}}}));
}

TEST(ParseTrainerCommand, TakesANegativeNumberForAValue) {
  EXPECT_EQ(parse({"--epochs", "-3"}).overrides, (std::vector<FlagOverride>{{"--epochs", {"-3"}}}));
}

TEST(ParseTrainerCommand, SuggestsTheNearestFlag) {
  EXPECT_EQ(refusal({"--lerning-rate", "1e-4"}),
            "--lerning-rate is not a flag of the trainer; did you mean '--learning-rate'?");
  EXPECT_EQ(refusal({"--batch_size=4"}),
            "--batch_size is not a flag of the trainer; did you mean '--batch-size'?");
  EXPECT_EQ(refusal({"--data", "x"}),
            "--data is not a flag of the trainer; did you mean '--data-file'?");
}

TEST(ParseTrainerCommand, PointsToTheHelpWhenNoFlagIsClose) {
  EXPECT_EQ(refusal({"--colour"}), "--colour is not a flag of the trainer; see trainer --help");
  EXPECT_EQ(refusal({"-x", "4"}), "-x is not a flag of the trainer; see trainer --help");
}

TEST(ParseTrainerCommand, KnowsNamesOfOtherTools) {
  EXPECT_EQ(refusal({"--lr", "1e-4"}),
            "--lr is not a flag of the trainer; did you mean '--learning-rate'?");
  EXPECT_EQ(refusal({"--gpus=8"}),
            "--gpus is not a flag of the trainer; each GPU is a rank: mpirun -np 8 trainer "
            "--device cuda");
}

TEST(ParseTrainerCommand, RefusesWordsWithoutAFlag) {
  EXPECT_EQ(refusal({"corpus.txt"}), "'corpus.txt' belongs to no flag; see trainer --help");
  EXPECT_EQ(refusal({"--seed", "1", "corpus.txt"}),
            "'corpus.txt' belongs to no flag; see trainer --help");
}

TEST(ParseTrainerCommand, SaysHowSeveralFilesAreGiven) {
  EXPECT_EQ(refusal({"--data-file", "a.txt", "b.txt", "c.txt"}),
            "'b.txt' belongs to no flag: --data-file is given once for each file, or takes a "
            "folder");
  EXPECT_THAT(refusal({"--val-file=a.txt", "b.txt"}),
              StartsWith("'b.txt' belongs to no flag: --val-file is given once"));
}

TEST(ParseTrainerCommand, RefusesBadNumbers) {
  EXPECT_EQ(refusal({"--epochs", "1e3"}),
            "--epochs is '1e3'; it must be a whole number; write 1000");
  EXPECT_EQ(refusal({"--epochs", "three"}), "--epochs is 'three'; it must be a whole number");
  EXPECT_EQ(refusal({"--epochs", "99999999999999999999"}),
            "--epochs is '99999999999999999999'; it must be between -9223372036854775808 and "
            "9223372036854775807");
  EXPECT_EQ(refusal({"--seed", "-1"}),
            "--seed is '-1'; it must be a whole number that is not negative");
  EXPECT_EQ(refusal({"--learning-rate", "1e-4e"}),
            "--learning-rate is '1e-4e'; it must be a number, such as 0.01 or 5e-5");
}

TEST(ParseTrainerCommand, RefusesCountsOfNothing) {
  EXPECT_EQ(refusal({"--resume", "--more-epochs", "0"}),
            "--more-epochs is '0'; it must be at least 1");
  EXPECT_EQ(refusal({"--peer-timeout", "0"}), "--peer-timeout is '0'; it must be at least 1");
  EXPECT_EQ(refusal({"--log-every", "-5"}), "--log-every is '-5'; it must be at least 1");
  EXPECT_EQ(refusal({"--log-every", "1000001"}),
            "--log-every is '1000001'; it must be at most 1000000");
}

TEST(ParseTrainerCommand, RefusesUnknownChoices) {
  EXPECT_EQ(refusal({"--device", "gpu"}), "--device is 'gpu'; it must be 'cpu' or 'cuda'");
  EXPECT_EQ(refusal({"--schedule", "cos"}),
            "--schedule is 'cos'; it must be 'constant' or 'cosine'; did you mean 'cosine'?");
  EXPECT_EQ(refusal({"--lang", "fr"}), "--lang is 'fr'; it must be 'zh' or 'en'");
  EXPECT_EQ(refusal({"--model", "gpt2-smal"}),
            "--model is 'gpt2-smal'; it must be 'tiny', 'gpt2-small', 'gpt2-medium', 'gpt2-large' "
            "or 'gpt2-xl'; did you mean 'gpt2-small'?");
}

TEST(ParseTrainerCommand, RefusesANameThatIsNotUtf8) {
  EXPECT_EQ(refusal({"--checkpoint", "x\xff.pt"}),
            "--checkpoint is 'x\xff.pt'; it must be a name in UTF-8");
}

TEST(ParseTrainerCommand, RefusesAFlagWithoutItsValue) {
  EXPECT_EQ(refusal({"--epochs"}), "--epochs needs a value: --epochs N");
  EXPECT_EQ(refusal({"--output-dir", "--resume"}),
            "--output-dir needs a value, but '--resume' follows it");
  EXPECT_EQ(refusal({"--epochs", "--resume"}), "--epochs needs a value, but '--resume' follows it");
}

TEST(ParseTrainerCommand, RefusesEmptyValues) {
  EXPECT_EQ(refusal({"--epochs", ""}), "--epochs is empty; it needs a value");
  EXPECT_EQ(refusal({"--config", ""}), "--config is empty; it needs a value");
  EXPECT_EQ(refusal({"--lang", ""}), "--lang is empty; it needs a value");
  EXPECT_EQ(refusal({"--output-dir=", "x"}), "--output-dir is empty; it needs a value");
}

TEST(ParseTrainerCommand, RefusesAFlagGivenTwice) {
  EXPECT_EQ(refusal({"--epochs", "3", "--epochs", "4"}), "--epochs is given 2 times; give it once");
}

TEST(ParseTrainerCommand, RefusesAValueForASwitch) {
  EXPECT_EQ(refusal({"--quiet=false"}), "--quiet takes no value");
  EXPECT_EQ(refusal({"--version=3"}), "--version takes no value");
  EXPECT_EQ(refusal({"--quiet", "yes"}), "'yes' belongs to no flag: --quiet takes no value");
}

TEST(ParseTrainerCommand, UndoesTheSwitchOfASetting) {
  using Overrides = std::vector<FlagOverride>;
  EXPECT_EQ(parse({"--fast=false"}).overrides, (Overrides{{"--fast", {"false"}}}));
  EXPECT_EQ(parse({"--fast=true", "--device", "cuda"}).overrides,
            (Overrides{{"--device", {"cuda"}}, {"--fast", {"true"}}}));
  EXPECT_EQ(parse({"--no-save-every-epoch"}).overrides,
            (Overrides{{"--no-save-every-epoch", {"false"}}}));
  EXPECT_EQ(parse({"--no-save-every-epoch=false"}).overrides,
            (Overrides{{"--no-save-every-epoch", {"true"}}}));
  EXPECT_EQ(refusal({"--fast=no"}), "--fast is 'no'; it must be true or false");
  EXPECT_EQ(refusal({"--no-save-every-epoch=x"}),
            "--no-save-every-epoch is 'x'; it must be true or false");
  EXPECT_EQ(refusal({"--fast", "false", "--device", "cuda"}),
            "'false' belongs to no flag: --fast is given as --fast, --fast=true or --fast=false");
  EXPECT_EQ(refusal({"--fast", "--fast=false"}), "--fast is given 2 times; give it once");
}

TEST(ParseTrainerCommand, TakesNoFolderForALocalOne) {
  for (const auto& arguments : {std::vector<std::string>{"--local-dir=", "--seed", "1"},
                                {"--local-dir", "", "--seed", "1"}})
    EXPECT_EQ(parse(arguments).overrides,
              (std::vector<FlagOverride>{{"--local-dir", {""}}, {"--seed", {"1"}}}));
}

TEST(ParseTrainerCommand, SaysWhereAFileToResumeFromGoes) {
  const std::string ways =
      "--resume takes no value; --output-dir DIR --resume goes on with the run in DIR, "
      "--checkpoint FILE begins a new run from the weights in FILE";
  EXPECT_EQ(refusal({"--resume", "run/latest.pt"}), "'run/latest.pt' belongs to no flag: " + ways);
  EXPECT_EQ(refusal({"--resume=run/latest.pt"}), ways);
  EXPECT_THAT(refusal({"--auto-resume", "run"}),
              StartsWith("'run' belongs to no flag: --auto-resume takes no value; --output-dir"));
}

TEST(ParseTrainerCommand, RefusesContradictions) {
  EXPECT_EQ(refusal({"--resume", "--overwrite"}),
            "--resume and --overwrite contradict each other: the one continues a run, the other "
            "throws it away");
  EXPECT_THAT(refusal({"--overwrite", "--auto-resume"}),
              StartsWith("--auto-resume and --overwrite contradict each other"));
  EXPECT_THAT(refusal({"--resume", "--checkpoint", "best"}),
              StartsWith("--resume and --checkpoint contradict each other"));
  EXPECT_THAT(refusal({"--resume", "--epochs", "5", "--more-epochs", "2"}),
              StartsWith("--epochs and --more-epochs contradict each other"));
  EXPECT_THAT(refusal({"--batch-size", "8", "--batch-per-rank", "2"}),
              StartsWith("--batch-size and --batch-per-rank contradict each other"));
  EXPECT_THAT(refusal({"--val-fraction", "0.1", "--val-file", "v.txt"}),
              StartsWith("--val-fraction and --val-file contradict each other"));
  EXPECT_THAT(refusal({"--doctor", "--dry-run"}),
              StartsWith("--dry-run and --doctor contradict each other"));
}

TEST(ParseTrainerCommand, RefusesMoreEpochsOfNothing) {
  EXPECT_EQ(refusal({"--more-epochs", "2"}),
            "--more-epochs adds to a run that is resumed; give --resume or --auto-resume with it, "
            "or --epochs instead");
  const std::string both =
      "--epochs and --more-epochs contradict each other: the one is the total, the other adds to "
      "that of a run that is resumed";
  EXPECT_EQ(refusal({"--epochs", "3", "--more-epochs", "2"}), both);
  EXPECT_EQ(refusal({"--epochs", "1000000", "--more-epochs", "2"}), both);
}

TEST(ParseTrainerCommand, AllowsAPresetWithResume) {
  EXPECT_EQ(refusal({"--resume", "--preset", "extended"}), "accepted");
}

TEST(ParseTrainerCommand, ReportsSeveralProblemsAtOnce) {
  EXPECT_EQ(refusal({"--colour", "--epochs", "x", "--resume", "--overwrite"}),
            "3 problems in the command line:\n"
            "  - --colour is not a flag of the trainer; see trainer --help\n"
            "  - --resume and --overwrite contradict each other: the one continues a run, the "
            "other throws it away\n"
            "  - --epochs is 'x'; it must be a whole number");
}

}  // namespace
}  // namespace lockstep::test
