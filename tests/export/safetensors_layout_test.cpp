// SPDX-License-Identifier: Apache-2.0
#include "export/safetensors_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "export/samples.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::uint64_t length_in(const std::string& header) {
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(header[i]);
  return length;
}

TEST(SafetensorsLayout, IsALengthAndAJsonText) {
  const SafetensorsLayout layout =
      safetensors_layout({{"a", {2, 3}}, {"b", {}}}, {{"format", "pt"}});
  EXPECT_EQ(length_in(layout.header), layout.header.size() - 8);
  EXPECT_EQ(nlohmann::json::parse(layout.header.substr(8)), nlohmann::json::parse(R"({
      "__metadata__": {"format": "pt"},
      "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
      "b": {"dtype": "F32", "shape": [], "data_offsets": [24, 28]}})"));
}

TEST(SafetensorsLayout, PutsTensorsEndToEndBehindTheHeader) {
  const SafetensorsLayout layout =
      safetensors_layout({{"a", {3}}, {"none", {0, 5}}, {"b", {2, 2}}}, {});
  const auto data = static_cast<std::int64_t>(layout.header.size());
  EXPECT_THAT(layout.offsets, ElementsAre(data, data + 12, data + 12));
  EXPECT_EQ(layout.file_bytes, data + 28);
}

TEST(SafetensorsLayout, BeginsItsTensorsAtAMultipleOfEight) {
  for (std::size_t length = 1; length < 20; ++length) {
    const std::string name(length, 'x');
    const std::string header = safetensors_layout({{name, {1}}}, {}).header;
    EXPECT_EQ(header.size() % 8, 0U) << name;
    EXPECT_TRUE(nlohmann::json::accept(header.substr(8))) << header.substr(8);
  }
}

TEST(SafetensorsLayout, HasNoMetadataWhereThereIsNone) {
  const SafetensorsLayout layout = safetensors_layout({}, {});
  EXPECT_EQ(layout.header.substr(8), "{}      ");
  EXPECT_EQ(layout.file_bytes, 16);
}

TEST(SafetensorsLayout, CountsBytesBeyondFourGibibytes) {
  const SafetensorsLayout layout = safetensors_layout({{"a", {50'000, 100'000}}, {"b", {1}}}, {});
  EXPECT_EQ(layout.offsets[1] - layout.offsets[0], 20'000'000'000);
  EXPECT_THAT(layout.header, HasSubstr("[20000000000,20000000004]"));
}

TEST(SafetensorsLayout, RefusesNamesThatTheFormatCannotHave) {
  EXPECT_THAT(checkpoint_error_of([] {
                safetensors_layout({{"__metadata__", {1}}}, {});
              }),
              HasSubstr("no tensor can be called __metadata__"));
  EXPECT_THAT(checkpoint_error_of([] {
                safetensors_layout({{"\xff", {1}}}, {});
              }),
              HasSubstr("not in UTF-8"));
}

}  // namespace
}  // namespace lockstep::test
