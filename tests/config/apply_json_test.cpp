// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_json.h"
#include "config/presets.h"
#include "support/deep_json.h"

namespace lockstep::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> problems_of(const std::string& json) {
  RunConfig config;
  return apply_json(json, config);
}

TEST(ApplyJson, ChangesOnlyTheKeysGiven) {
  RunConfig config;
  config.train.seed = 7;
  EXPECT_THAT(apply_json(R"({"train": {"epochs": 5}})", config), IsEmpty());
  RunConfig expected;
  expected.train.seed = 7;
  expected.train.epochs = 5;
  EXPECT_EQ(config, expected);
}

TEST(ApplyJson, AnEmptyObjectChangesNothing) {
  RunConfig config;
  EXPECT_THAT(apply_json("{}", config), IsEmpty());
  EXPECT_EQ(config, RunConfig{});
}

TEST(ApplyJson, APresetAloneIsEnough) {
  RunConfig config;
  EXPECT_THAT(apply_json(R"({"preset": "extended"})", config), IsEmpty());
  EXPECT_EQ(config.preset, "extended");
  EXPECT_EQ(config.train.epochs, 10);
}

TEST(ApplyJson, AppliesThePresetBeforeTheOtherKeys) {
  RunConfig config;
  EXPECT_THAT(apply_json(R"({"train": {"epochs": 4}, "preset": "extended"})", config), IsEmpty());
  EXPECT_EQ(config.train.epochs, 4);
  EXPECT_EQ(config.train.batch_size, 8);
}

TEST(ApplyJson, AppliesAKnownModelBeforeItsOtherKeys) {
  RunConfig config;
  EXPECT_THAT(apply_json(R"({"model": {"n_layer": 3, "name": "tiny"}})", config), IsEmpty());
  EXPECT_EQ(config.model.n_layer, 3);
  EXPECT_EQ(config.model.n_embd, 64);
}

TEST(ApplyJson, LetsAModelOfOnesOwnHaveAName) {
  RunConfig config;
  EXPECT_THAT(
      apply_json(R"({"model": {"name": "mine", "n_layer": 3, "n_head": 2, "n_embd": 8}})", config),
      IsEmpty());
  EXPECT_EQ(config.model.name, "mine");
}

TEST(ApplyJson, TakesAnUnknownModelWithoutASizeForASlip) {
  EXPECT_THAT(problems_of(R"({"model": {"name": "tinny"}})"),
              ElementsAre("model.name (--model) is 'tinny'; it must be 'tiny', 'gpt2-small', "
                          "'gpt2-medium', 'gpt2-large' or 'gpt2-xl'; did you mean 'tiny'? (a size "
                          "of your own needs n_layer, n_head and n_embd)"));
}

TEST(ApplyJson, ABatchPerRankReplacesTheBatchBelow) {
  RunConfig config;
  EXPECT_THAT(apply_json(R"({"train": {"batch_per_rank": 2}})", config), IsEmpty());
  EXPECT_EQ(config.train.batch_per_rank, 2);
  EXPECT_EQ(config.train.batch_size, 0);
}

TEST(ApplyJson, ABatchReplacesTheBatchPerRankBelow) {
  RunConfig config;
  config.train.batch_size = 0;
  config.train.batch_per_rank = 2;
  EXPECT_THAT(apply_json(R"({"train": {"batch_size": 6}})", config), IsEmpty());
  EXPECT_EQ(config.train.batch_per_rank, 0);
  EXPECT_EQ(config.train.batch_size, 6);
}

TEST(ApplyJson, NamesAnUnknownKeyWithItsPath) {
  EXPECT_THAT(problems_of(R"({"train": {"batch_sise": 4}})"),
              ElementsAre("train.batch_sise: unknown key; did you mean 'batch_size'?"));
}

TEST(ApplyJson, FindsAKeyThatIsInAnotherSection) {
  EXPECT_THAT(problems_of(R"({"train": {"learning_rate": 1e-4}})"),
              ElementsAre("train.learning_rate: unknown key; did you mean 'optim.learning_rate'?"));
}

TEST(ApplyJson, ListsTheKeysWhenNoneIsClose) {
  EXPECT_THAT(problems_of(R"({"checkpoint": {"colour": 4}})"),
              ElementsAre("checkpoint.colour: unknown key; it must be 'directory', "
                          "'save_every_epoch', 'keep_last_n', 'save_every_steps', "
                          "'save_every_minutes', 'export', 'on_save_error' or "
                          "'save_deadline_seconds'"));
}

TEST(ApplyJson, NamesAnUnknownSection) {
  EXPECT_THAT(problems_of(R"({"trian": {}, "x": 1, "": {}})"),
              ElementsAre("trian: unknown key; did you mean 'train'?",
                          "x: unknown key; it must be 'preset', 'model', 'data', 'train', 'optim' "
                          "or 'checkpoint'",
                          ": unknown key; it must be 'preset', 'model', 'data', 'train', 'optim' "
                          "or 'checkpoint'"));
}

TEST(ApplyJson, RefusesWrongTypes) {
  EXPECT_THAT(
      problems_of(R"({"preset": 3, "model": {"bias": 1, "name": 2}, "data": {"files": "a.txt"},
                      "optim": {"eps": "1e-8"}, "checkpoint": 5})"),
      ElementsAre("preset (--preset) is 3; it must be a text",
                  "model.bias is 1; it must be true or "
                  "false",
                  "model.name (--model) is 2; it must be a text",
                  "data.files (--data-file) is 'a.txt'; it must be a list of texts",
                  "optim.eps (--eps) is '1e-8'; it must be a number",
                  "checkpoint is 5; it must be an object of keys and values"));
}

TEST(ApplyJson, RefusesAListWithSomethingElseInIt) {
  EXPECT_THAT(problems_of(R"({"data": {"validation_files": ["a.txt", null]}})"),
              ElementsAre("data.validation_files (--val-file) is [\"a.txt\",null]; it must be a "
                          "list of texts"));
}

TEST(ApplyJson, RefusesNumbersThatAreNotWhole) {
  EXPECT_THAT(problems_of(R"({"train": {"epochs": 2.5, "lanes": 4.0, "threads": "2"}})"),
              ElementsAre("train.epochs (--epochs) is 2.5; it must be a whole number",
                          "train.lanes (--lanes) is 4.0; it must be a whole number",
                          "train.threads (--threads) is '2'; it must be a whole number"));
}

TEST(ApplyJson, RefusesWholeNumbersOutOfRange) {
  EXPECT_THAT(problems_of(R"({"train": {"epochs": 9223372036854775808, "seed": -1,
                      "max_steps": 99999999999999999999}})"),
              ElementsAre("train.epochs (--epochs) is 9223372036854775808; it must be at most "
                          "9223372036854775807",
                          "train.seed (--seed) is -1; it must be a whole number from 0 to "
                          "18446744073709551615",
                          "train.max_steps (--max-steps) is 1e+20; it must be a whole number"));
}

TEST(ApplyJson, TakesAWholeNumberWhereAnyNumberWillDo) {
  RunConfig config;
  EXPECT_THAT(apply_json(R"({"optim": {"clip_norm": 2}})", config), IsEmpty());
  EXPECT_EQ(config.optim.clip_norm, 2.0);
}

TEST(ApplyJson, RefusesAnUnknownChoice) {
  EXPECT_THAT(problems_of(R"({"optim": {"schedule": "cosin"}, "train": {"device": 1}})"),
              ElementsAre("optim.schedule (--schedule) is 'cosin'; it must be 'constant' or "
                          "'cosine'; did you mean 'cosine'?",
                          "train.device (--device) is 1; it must be 'cpu' or 'cuda'"));
}

TEST(ApplyJson, RefusesAKeyGivenTwice) {
  EXPECT_THAT(problems_of(R"({"train": {"epochs": 2, "epochs": 3}})"),
              ElementsAre("epochs: the key is given twice"));
}

TEST(ApplyJson, SaysWhereMalformedJsonBreaks) {
  EXPECT_THAT(problems_of("{\n  \"train\": {\n    \"epochs\": ,\n"),
              ElementsAre("the JSON cannot be read: line 3, column 15: not JSON here"));
  EXPECT_THAT(problems_of("{} x"), ElementsAre(EndsWith(": line 1, column 4: not JSON here")));
  const std::string ends = "the text ends before the JSON does";
  EXPECT_THAT(problems_of(""), ElementsAre(EndsWith(": line 1, column 1: " + ends)));
  EXPECT_THAT(problems_of("{\n"), ElementsAre(EndsWith(": line 2, column 1: " + ends)));
  EXPECT_THAT(problems_of("{\"a"), ElementsAre(EndsWith(": line 1, column 4: " + ends)));
}

TEST(ApplyJson, RefusesANumberTooLargeForAnything) {
  EXPECT_THAT(problems_of("{\n\"optim\": {\"eps\": 1e999}}"),
              ElementsAre("the JSON cannot be read: line 2, column 18: 1e999 is too large for a "
                          "number"));
}

TEST(ApplyJson, RefusesWhatIsNotAnObject) {
  EXPECT_THAT(problems_of("[1]"),
              ElementsAre("the configuration is [1]; it must be a JSON object"));
}

TEST(ApplyJson, CollectsEveryProblem) {
  EXPECT_THAT(problems_of(R"({"preset": "lng", "train": {"epochs": "x", "sed": 1}})"),
              ElementsAre(AllOf(StartsWith("preset (--preset) is 'lng'"), HasSubstr("'extended'?")),
                          "train.epochs (--epochs) is 'x'; it must be a whole number",
                          "train.sed: unknown key; did you mean 'seed'?"));
}

TEST(ApplyJson, RefusesWhatNestsTooDeep) {
  const std::string sentence = "the JSON cannot be read: it nests deeper than 100 levels";
  EXPECT_THAT(problems_of(deep_list()), ElementsAre(sentence));
  EXPECT_THAT(problems_of("{\"train\": {\"epochs\": " + deep_list() + "}}"), ElementsAre(sentence));
  EXPECT_TRUE(settings_in("{\"train\": {\"epochs\": " + deep_list() + "}}").empty());
}

}  // namespace
}  // namespace lockstep::test
