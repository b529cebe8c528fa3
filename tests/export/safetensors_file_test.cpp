// SPDX-License-Identifier: Apache-2.0
#include "export/safetensors_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "base/error.h"
#include "export/samples.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A state in memory that holds callers to what StateReader asks of them.
class MemoryReader : public StateReader {
 public:
  explicit MemoryReader(const std::vector<TensorSpec>& specs)
      : layout_(specs), values_(static_cast<std::size_t>(layout_.elements())) {
    std::iota(values_.begin(), values_.end(), 1.0F);
  }

  const FlatLayout& layout() const override { return layout_; }
  bool has(StateArray array) const override { return array == StateArray::parameters; }
  void read(StateArray array, ElementRange range, std::span<float> destination) const override {
    EXPECT_TRUE(has(array));
    EXPECT_EQ(range.first % kChunkElements, 0);
    EXPECT_TRUE(range.last % kChunkElements == 0 || range.last == layout_.elements());
    EXPECT_EQ(std::ssize(destination), range.count());
    if (damaged_element_ >= range.first && damaged_element_ < range.last)
      throw Error(ErrorKind::checkpoint, "it is damaged");
    longest_read_ = std::max(longest_read_, range.count());
    std::memcpy(destination.data(), &values_[static_cast<std::size_t>(range.first)],
                destination.size_bytes());
  }
  std::optional<StateDigests> digests() const override { return std::nullopt; }

  void damage(std::int64_t element) { damaged_element_ = element; }
  std::int64_t longest_read() const { return longest_read_; }

 private:
  FlatLayout layout_;
  std::vector<float> values_;
  std::int64_t damaged_element_ = -1;
  mutable std::int64_t longest_read_ = 0;
};

// The matrix crosses two edges of chunks, and begins and ends within one.
const std::vector<TensorSpec> kSpecs = {{"before", {100}}, {"matrix", {200, 190}}, {"after", {7}}};

class SafetensorsFileTest : public testing::Test {
 protected:
  // What is behind the header.
  std::vector<float> written(const std::vector<ExportedTensor>& tensors,
                             std::int64_t piece_elements = kPieceElements) const {
    const std::int64_t bytes = write_safetensors(path_, reader_, tensors, {}, piece_elements);
    const std::string content = bytes_of(path_);
    EXPECT_EQ(bytes, std::ssize(content));
    std::uint64_t header = 0;
    std::memcpy(&header, content.data(), sizeof(header));
    std::vector<float> values((content.size() - 8 - header) / sizeof(float));
    std::memcpy(values.data(), &content[8 + header], values.size() * sizeof(float));
    return values;
  }

  TempDirectory directory_;
  fs::path path_ = directory_ / "model.safetensors";
  MemoryReader reader_ = MemoryReader(kSpecs);
};

TEST_F(SafetensorsFileTest, HoldsTheParametersAsTheyAre) {
  std::vector<float> expected(38'107);
  std::iota(expected.begin(), expected.end(), 1.0F);
  for (const std::int64_t piece : {7L, 16'384L, kPieceElements})
    EXPECT_TRUE(written(tensors_as_they_are(reader_.layout()), piece) == expected) << piece;
}

TEST_F(SafetensorsFileTest, HoldsATurnedMatrixWhateverThePieces) {
  const std::vector<ExportedTensor> tensors = {
      {.spec = {"after", {7}}, .place = 2},
      {.spec = {"matrix", {190, 200}}, .place = 1, .is_transposed = true}};
  std::vector<float> expected = {38'101, 38'102, 38'103, 38'104, 38'105, 38'106, 38'107};
  for (int column = 0; column < 190; ++column)
    for (int row = 0; row < 200; ++row)
      expected.push_back(static_cast<float>(101 + row * 190 + column));
  // Less than a row, a row, 3 rows and a bit (66 pieces and 2 rows), all but one row, all.
  for (const std::int64_t piece : {1L, 190L, 600L, 199 * 190L, 200 * 190L, kPieceElements})
    EXPECT_TRUE(written(tensors, piece) == expected) << piece;
}

TEST_F(SafetensorsFileTest, HoldsZerosForWhatHasNoSource) {
  const std::vector<ExportedTensor> tensors = {{.spec = {"bias", {20}}, .place = std::nullopt},
                                               {.spec = {"after", {7}}, .place = 2}};
  std::vector<float> expected(20, 0.0F);
  for (float value = 38'101; value <= 38'107; ++value) expected.push_back(value);
  for (const std::int64_t piece : {1L, 6L, 20L, kPieceElements})
    EXPECT_EQ(written(tensors, piece), expected) << piece;
}

TEST_F(SafetensorsFileTest, ReadsLittleMoreThanAPieceAtATime) {
  written(tensors_as_they_are(reader_.layout()), 190);
  EXPECT_LE(reader_.longest_read(), 2 * kChunkElements);
}

TEST_F(SafetensorsFileTest, LeavesNothingOfWhatCannotBeRead) {
  reader_.damage(38'000);
  EXPECT_THAT(checkpoint_error_of([&] { written(tensors_as_they_are(reader_.layout()), 190); }),
              HasSubstr("damaged"));
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

}  // namespace
}  // namespace lockstep::test
