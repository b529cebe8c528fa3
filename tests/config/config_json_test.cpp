// SPDX-License-Identifier: Apache-2.0
#include "config/config_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "config/fields.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Differs from the default in every setting.
RunConfig unusual_config() {
  return {.preset = "extended",
          .model = {.name = "my \"own\" 模型",
                    .vocab_size = 0,
                    .n_layer = 1,
                    .n_head = 3,
                    .n_embd = 9,
                    .block_size = 17,
                    .dropout = 0.1 + 0.2,
                    .bias = false,
                    .gelu = GeluKind::tanh},
          .data = {.files = {"a b.txt", "数据/"},
                   .validation_files = {"val.txt"},
                   .val_fraction = 1.0 / 3.0,
                   .stride = 1,
                   .tokenizer = TokenizerKind::byte,
                   .tokenizer_vocab_size = 999,
                   .local_dir = "/scratch"},
          .train = {.batch_size = 0,
                    .batch_per_rank = 5,
                    .epochs = 11,
                    .max_steps = std::numeric_limits<std::int64_t>::max(),
                    .lanes = 6,
                    .seed = std::numeric_limits<std::uint64_t>::max(),
                    .device = DeviceKind::cuda,
                    .precision = Precision::bf16,
                    .comm = CommKind::nccl,
                    .fast = true,
                    .threads = 2,
                    .check_lockstep = 50,
                    .max_skipped_steps = 4},
          .optim = {.learning_rate = 6.25e-5 / 7.0,
                    .schedule = RateSchedule::cosine,
                    .warmup_steps = 100,
                    .min_learning_rate = std::numeric_limits<double>::denorm_min(),
                    .beta1 = 0.85,
                    .beta2 = 0.95,
                    .eps = 1e-6,
                    .weight_decay = 0.1,
                    .weight_decay_scope = WeightDecayScope::matrices,
                    .clip_norm = 0.5},
          .checkpoint = {.directory = "elsewhere",
                         .save_every_epoch = false,
                         .keep_last_n = 0,
                         .save_every_steps = 3,
                         .save_every_minutes = 1.5,
                         .export_rule = ExportRule::best,
                         .on_save_error = SaveErrorPolicy::retry,
                         .save_deadline_seconds = 7.0}};
}

// Without it the tests below would say nothing of a new setting.
TEST(ConfigJson, TheUnusualConfigurationHasNoSettingOfTheDefault) {
  RunConfig unusual = unusual_config();
  RunConfig plain;
  const std::vector<Field> fields = fields_of(unusual);
  const std::vector<Field> defaults = fields_of(plain);
  ASSERT_EQ(fields.size(), defaults.size());
  for (std::size_t i = 0; i < fields.size(); ++i)
    EXPECT_NE(shown_value(fields[i]), shown_value(defaults[i])) << path_of(fields[i]);
}

TEST(ConfigJson, ReadsBackWhatItWrote) {
  RunConfig config;
  EXPECT_THAT(apply_json(config_to_json(unusual_config()), config), IsEmpty());
  EXPECT_EQ(config, unusual_config());
}

TEST(ConfigJson, ReadsTheDefaultOverAnything) {
  RunConfig config = unusual_config();
  EXPECT_THAT(apply_json(config_to_json(RunConfig{}), config), IsEmpty());
  EXPECT_EQ(config, RunConfig{});
}

TEST(ConfigJson, IsTextForPeople) {
  const std::string json = config_to_json(RunConfig{});
  EXPECT_THAT(json, testing::StartsWith("{\n  \"preset\": \"standard\",\n  \"model\": {\n"));
  EXPECT_THAT(json, HasSubstr("    \"learning_rate\": 0.0001,\n"));
  EXPECT_THAT(json, HasSubstr("    \"tokenizer\": \"sentencepiece\",\n"));
  EXPECT_THAT(json, testing::EndsWith("}\n"));
}

TEST(ConfigJson, RefusesATextThatJsonCannotHold) {
  RunConfig config;
  config.checkpoint.directory = "\xff";
  EXPECT_THROW(config_to_json(config), Error);
}

}  // namespace
}  // namespace lockstep::test
