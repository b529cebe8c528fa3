// SPDX-License-Identifier: Apache-2.0
// The files in configs/ are the built-in presets and model sizes, written down for people to copy.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "config/config_json.h"
#include "config/presets.h"

namespace lockstep::test {
namespace {

const std::filesystem::path kConfigs = std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "configs";
constexpr const char* kRemedy =
    "write configs/ anew with: LOCKSTEP_WRITE_CONFIGS=1 build/dev/bin/config_test "
    "--gtest_filter='ConfigFiles.*'";

void expect_file(const std::string& name, const std::string& text) {
  const std::filesystem::path path = kConfigs / (name + ".json");
  if (std::getenv("LOCKSTEP_WRITE_CONFIGS") != nullptr) write_durably(path, text, ErrorKind::input);
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing; " << kRemedy;
  EXPECT_EQ(read_file(path, ErrorKind::input), text) << path << "; " << kRemedy;
}

// Only the model, so that the file goes with any preset.
std::string model_json(const ModelSize& size) {
  RunConfig config;
  config.model = size.config;
  const auto all = nlohmann::ordered_json::parse(config_to_json(config));
  nlohmann::ordered_json model_only;
  model_only["model"] = all["model"];
  return model_only.dump(2) + "\n";
}

TEST(ConfigFiles, HoldThePresets) {
  for (const Preset& preset : presets()) {
    RunConfig config;
    ASSERT_EQ(apply_preset(config, preset.name), std::nullopt);
    expect_file(std::string(preset.name), config_to_json(config));
  }
}

TEST(ConfigFiles, HoldTheModelSizes) {
  for (const ModelSize& size : model_sizes()) expect_file(size.config.name, model_json(size));
}

TEST(ConfigFiles, AreNoMoreThanThese) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kConfigs)) {
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(find_preset(name) != nullptr || find_model(name) != nullptr) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, presets().size() + model_sizes().size());
}

TEST(ConfigFiles, OfModelsLeaveThePresetAlone) {
  RunConfig config;
  ASSERT_EQ(apply_preset(config, "extended"), std::nullopt);
  const std::string json = read_file(kConfigs / "tiny.json", ErrorKind::input);
  EXPECT_EQ(apply_json(json, config), std::vector<std::string>{});
  EXPECT_EQ(config.preset, "extended");
  EXPECT_EQ(config.train.batch_size, 8);
  EXPECT_EQ(config.model, find_model("tiny")->config);
}

}  // namespace
}  // namespace lockstep::test
