// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_model.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "checkpoint/names.h"
#include "checkpoint/sample_set.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// What h5dump prints, which must succeed.
std::string h5dump(const std::string& arguments, const fs::path& folder) {
  const fs::path output = folder / "output";
  const std::string command = "h5dump " + arguments + " > " + output.string() + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << command << "\n" << bytes_in(output);
  return bytes_in(output);
}

// The values of one dataset in row-major order. Half-integers and quarters survive as text.
std::vector<float> values_in(const fs::path& model, const std::string& dataset) {
  const fs::path values = model.parent_path() / "values";
  h5dump("-m '%.2f' -y -w 1 -o " + values.string() + " -d '/" + dataset + "' " + model.string(),
         model.parent_path());
  std::istringstream text(bytes_in(values));
  std::vector<float> found;
  for (std::string word; text >> word;) found.push_back(std::stof(word));
  return found;
}

std::vector<float> expected_values(const FlatLayout& layout, StateArray array,
                                   const std::string& name) {
  const SampleState state = sample_state(layout.elements());
  const FlatTensor& tensor = *layout.find(name);
  const auto first = state[array].begin() + tensor.offset;
  return {first, first + tensor.elements};
}

void expect_every_tensor(const fs::path& model, const FlatLayout& layout) {
  for (const StateArray array : kStateArrays)
    for (const FlatTensor& tensor : layout.tensors()) {
      std::string dataset(array == StateArray::parameters ? "model" : name_of(array));
      dataset += '/';
      dataset += tensor.spec.name;
      EXPECT_TRUE(values_in(model, dataset) == expected_values(layout, array, tensor.spec.name))
          << dataset;
    }
}

// A set in a folder with its model.h5.
fs::path write_set(const fs::path& folder, const FlatLayout& layout, std::int64_t shards) {
  fs::create_directories(folder);
  const Manifest manifest = write_sample_set(folder, layout, shards);
  write_model_file(folder / names::kModelFile, layout, manifest.shards);
  return folder / names::kModelFile;
}

TEST(ModelFile, ShowsEveryTensorOverOneShard) {
  const TempDirectory directory;
  expect_every_tensor(write_set(directory.path(), sample_layout(), 1), sample_layout());
}

TEST(ModelFile, ShowsEveryTensorOverManyShards) {
  const TempDirectory directory;
  expect_every_tensor(write_set(directory.path(), sample_layout(), 4), sample_layout());
}

TEST(ModelFile, ShowsEveryTensorOverMoreShardsThanChunks) {
  const TempDirectory directory;
  expect_every_tensor(write_set(directory.path(), sample_layout(), 7), sample_layout());
}

// The edges of the shards lie within rows, planes and blocks.
TEST(ModelFile, ShowsTensorsWithManyDimensionsThatShardsCutAnywhere) {
  const TempDirectory directory;
  const FlatLayout layout({{"a", {5}}, {"b", {3, 7, 11, 13, 17}}, {"c", {1, 1, 3}}});
  expect_every_tensor(write_set(directory.path(), layout, 4), layout);
}

TEST(ModelFile, ShowsTensorsWithoutElements) {
  const TempDirectory directory;
  const FlatLayout layout({{"empty", {3, 0}}, {"full", {4}}});
  const fs::path model = write_set(directory.path(), layout, 1);
  EXPECT_THAT(h5dump("-H " + model.string(), directory.path()), HasSubstr("( 3, 0 ) / ( 3, 0 )"));
}

TEST(ModelFile, HasTensorsByNameAndShape) {
  const TempDirectory directory;
  const fs::path model = write_set(directory.path(), sample_layout(), 2);
  const std::string text = h5dump("-H " + model.string(), directory.path());
  EXPECT_THAT(text, AllOf(HasSubstr("GROUP \"model\""), HasSubstr("GROUP \"exp_avg\""),
                          HasSubstr("GROUP \"exp_avg_sq\""), HasSubstr("DATASET \"wte.weight\""),
                          HasSubstr("( 300, 128 ) / ( 300, 128 )"), HasSubstr("H5T_IEEE_F32LE")));
}

TEST(ModelFile, IsReadThroughALinkToItsFolder) {
  const TempDirectory directory;
  write_set(directory / "epoch_0003", sample_layout(), 3);
  fs::create_directory_symlink("epoch_0003", directory / "latest");
  expect_every_tensor(directory.path() / "latest" / "model.h5", sample_layout());
}

TEST(ModelFile, StaysValidWhenItsFolderIsCopied) {
  const TempDirectory directory;
  write_set(directory / "set", sample_layout(), 3);
  fs::copy(directory / "set", directory / "copy", fs::copy_options::recursive);
  fs::remove_all(directory / "set");
  expect_every_tensor(directory.path() / "copy" / "model.h5", sample_layout());
}

TEST(ModelFile, OfAMissingShardShowsNoZeros) {
  const TempDirectory directory;
  const fs::path model = write_set(directory.path(), sample_layout(), 2);
  fs::remove(directory / sample_file(1, 2));
  const std::vector<float> values = values_in(model, "model/mlp.weight");
  ASSERT_EQ(values.size(), 25'600U);
  for (const float value : values) ASSERT_TRUE(std::isnan(value));
}

TEST(ModelFile, IsSmall) {
  const TempDirectory directory;
  EXPECT_LT(fs::file_size(write_set(directory.path(), sample_layout(), 4)), 20'000U);
}

TEST(ModelFile, ThatCannotBeWrittenIsNamedWithTheErrno) {
  const TempDirectory directory;
  const fs::path file = directory.path() / "missing" / "model.h5";
  EXPECT_THAT(message_of([&] { write_model_file(file, sample_layout(), {}); }),
              AllOf(StartsWith("writing " + file.string()), EndsWith("(errno 2)")));
}

TEST(ModelFile, ANameThatHdf5CannotHaveIsNamed) {
  const TempDirectory directory;
  const FlatLayout layout({{"twice", {4}}, {"twice", {4}}});
  EXPECT_THAT(message_of([&] { write_model_file(directory / "model.h5", layout, {}); }),
              HasSubstr("the tensor 'twice'"));
}

}  // namespace
}  // namespace lockstep::test
