// SPDX-License-Identifier: Apache-2.0
#include "config/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "app/trainer_command.h"
#include "config/fields.h"
#include "config/problems.h"
#include "report/display_width.h"

namespace lockstep::test {
namespace {

using testing::EndsWith;

void expect_preset(const std::string& name, std::int64_t batch_size, std::int64_t epochs,
                   double learning_rate, std::int64_t keep_last_n) {
  RunConfig config;
  ASSERT_EQ(apply_preset(config, name), std::nullopt);
  EXPECT_EQ(config.preset, name);
  EXPECT_EQ(config.train.batch_size, batch_size) << name;
  EXPECT_EQ(config.train.epochs, epochs) << name;
  EXPECT_EQ(config.optim.learning_rate, learning_rate) << name;
  EXPECT_TRUE(config.checkpoint.save_every_epoch) << name;
  EXPECT_EQ(config.checkpoint.keep_last_n, keep_last_n) << name;
}

TEST(Presets, AreTheFourRecipes) {
  EXPECT_EQ(presets().size(), 4U);
  expect_preset("quick", 2, 1, 1e-4, 1);
  expect_preset("standard", 4, 3, 1e-4, 3);
  expect_preset("extended", 8, 10, 5e-5, 5);
  expect_preset("precision", 16, 20, 1e-5, 10);
}

TEST(Presets, StandardIsTheDefault) {
  RunConfig config;
  ASSERT_EQ(apply_preset(config, "standard"), std::nullopt);
  EXPECT_EQ(config, RunConfig{});
}

TEST(Presets, LeaveOtherSettingsAlone) {
  RunConfig config;
  config.train.seed = 7;
  config.model.n_layer = 3;
  config.train.batch_per_rank = 5;
  ASSERT_EQ(apply_preset(config, "extended"), std::nullopt);
  EXPECT_EQ(config.train.seed, 7U);
  EXPECT_EQ(config.model.n_layer, 3);
  EXPECT_EQ(config.train.batch_per_rank, 0);
}

TEST(Presets, DecideTheSettingsThatAreListed) {
  RunConfig with_preset;
  ASSERT_EQ(apply_preset(with_preset, "precision"), std::nullopt);
  RunConfig untouched;
  const std::vector<Field> after = fields_of(with_preset);
  const std::vector<Field> before = fields_of(untouched);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string path = path_of(before[i]);
    // All presets save every epoch.
    if (path == "preset" || path == "checkpoint.save_every_epoch") continue;
    EXPECT_EQ(shown_value(before[i]) != shown_value(after[i]),
              std::ranges::count(preset_settings(), path) == 1)
        << path;
  }
}

TEST(Presets, HaveAPurposeInBothLanguages) {
  for (const Preset& preset : presets()) {
    EXPECT_FALSE(preset.purpose.empty()) << preset.name;
    EXPECT_FALSE(preset.purpose_zh.empty()) << preset.name;
  }
}

TEST(Presets, AnUnknownNameLeavesTheConfigurationAlone) {
  RunConfig config;
  EXPECT_EQ(apply_preset(config, "extendet"),
            "preset (--preset) is 'extendet'; it must be 'quick', 'standard', 'extended' or "
            "'precision'; did you mean 'extended'?");
  EXPECT_EQ(config, RunConfig{});
}

TEST(Presets, KnowWhatPeopleCallThem) {
  EXPECT_EQ(preset_instead_of("lng"),
            "'quick', 'standard', 'extended' or 'precision'; did you mean 'extended'?");
  EXPECT_EQ(preset_instead_of("fast"),
            "'quick', 'standard', 'extended' or 'precision'; did you mean 'quick'?");
  EXPECT_EQ(preset_instead_of("xyzzy"), "'quick', 'standard', 'extended' or 'precision'");
}

TEST(Presets, AreTakenForModelsAndModelsForThem) {
  EXPECT_EQ(preset_instead_of("tiny"),
            "'quick', 'standard', 'extended' or 'precision'; the model of that name is --model "
            "tiny");
  EXPECT_THAT(model_instead_of("quick"), EndsWith("; the preset of that name is --preset quick"));
}

TEST(ModelSizes, TheDefaultIsSmall) { EXPECT_EQ(find_model("gpt2-small")->config, ModelConfig{}); }

TEST(ModelSizes, TinyTakesItsVocabularyFromTheTokenizer) {
  RunConfig config;
  ASSERT_EQ(apply_model(config, "tiny"), std::nullopt);
  EXPECT_EQ(config.model.name, "tiny");
  EXPECT_EQ(config.model.vocab_size, 0);
  EXPECT_EQ(config.model.n_layer, 2);
  EXPECT_EQ(config.model.n_head, 2);
  EXPECT_EQ(config.model.n_embd, 64);
  EXPECT_EQ(config.model.block_size, 64);
  EXPECT_EQ(config.model.dropout, 0.0);
}

TEST(ModelSizes, HaveNoProblems) {
  for (const ModelSize& size : model_sizes()) {
    RunConfig config;
    config.model = size.config;
    EXPECT_EQ(problems_in(config), std::vector<std::string>{}) << size.config.name;
  }
}

TEST(ModelSizes, AnUnknownNameIsRefused) {
  RunConfig config;
  EXPECT_EQ(apply_model(config, "gpt2-meduim"),
            "model.name (--model) is 'gpt2-meduim'; it must be 'tiny', 'gpt2-small', "
            "'gpt2-medium', 'gpt2-large' or 'gpt2-xl'; did you mean 'gpt2-medium'?");
  EXPECT_EQ(config.model, ModelConfig{});
}

// The last three are the published sizes; 124,439,808 would be small with 1024 positions.
TEST(ParameterCount, IsThatOfTheKnownModels) {
  EXPECT_EQ(parameter_count(find_model("gpt2-small")->config), 124'046'592);
  EXPECT_EQ(parameter_count(find_model("gpt2-medium")->config), 354'823'168);
  EXPECT_EQ(parameter_count(find_model("gpt2-large")->config), 774'030'080);
  EXPECT_EQ(parameter_count(find_model("gpt2-xl")->config), 1'557'611'200);
}

TEST(ParameterCount, LeavesOutBiasesThatAreNotThere) {
  const ModelConfig with{.vocab_size = 3, .n_layer = 1, .n_head = 1, .n_embd = 2, .block_size = 4};
  ModelConfig without = with;
  without.bias = false;
  // Embeddings 3*2 + 4*2, matrices 12*2*2, three norms of 2; with biases 9*2 and 3*2 more.
  EXPECT_EQ(parameter_count(without), 68);
  EXPECT_EQ(parameter_count(with), 92);
}

TEST(PresetsText, ShowsPresetsModelsAndPurposes) {
  const std::string text = presets_text(Language::en);
  for (const Preset& preset : presets()) {
    EXPECT_NE(text.find(preset.name), std::string::npos) << preset.name;
    EXPECT_NE(text.find(preset.purpose), std::string::npos) << preset.name;
  }
  for (const ModelSize& size : model_sizes())
    EXPECT_NE(text.find(size.config.name), std::string::npos) << size.config.name;
  EXPECT_NE(text.find("124,046,592"), std::string::npos);
  EXPECT_NE(text.find("1,557,611,200"), std::string::npos);
}

TEST(Presets, ABeginningOfSeveralSizesMeansTheDefault) {
  EXPECT_NE(model_instead_of("gpt2").find("did you mean 'gpt2-small'?"), std::string::npos);
  EXPECT_NE(model_instead_of("gpt2-xs").find("did you mean 'gpt2-xl'?"), std::string::npos);
  EXPECT_NE(model_instead_of("gpt2-l").find("did you mean 'gpt2-"), std::string::npos);
  EXPECT_EQ(model_instead_of("g").find("did you mean"), std::string::npos);
}

TEST(PresetsText, ColumnsLineUpInBothLanguages) {
  for (const auto& [language, title, cell] : {std::tuple(Language::en, "saved", "every epoch"),
                                              std::tuple(Language::zh, "保存", "每轮")}) {
    const std::string text = presets_text(language);
    const auto right_edge = [&](const std::string& part) {
      const std::size_t end = text.find(part) + part.size();
      return display_width(text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end) - 1));
    };
    EXPECT_EQ(right_edge(title), right_edge(cell)) << text;
  }
  EXPECT_EQ(presets_text(Language::zh).find("vocabulary"), std::string::npos);
}

TEST(PresetsText, SaysPurposesInOneLanguage) {
  const std::string english = presets_text(Language::en);
  const std::string chinese = presets_text(Language::zh);
  for (const Preset& preset : presets()) {
    EXPECT_EQ(english.find(preset.purpose_zh), std::string::npos) << preset.name;
    EXPECT_NE(chinese.find(preset.purpose_zh), std::string::npos) << preset.name;
    EXPECT_EQ(chinese.find(preset.purpose), std::string::npos) << preset.name;
  }
  for (const ModelSize& size : model_sizes()) {
    EXPECT_NE(english.find(size.purpose), std::string::npos) << size.config.name;
    EXPECT_NE(chinese.find(size.purpose_zh), std::string::npos) << size.config.name;
  }
}

}  // namespace
}  // namespace lockstep::test
