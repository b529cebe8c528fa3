// SPDX-License-Identifier: Apache-2.0
#include "export/training_file_reader.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "export/python_file.h"
#include "export/samples.h"
#include "export/small_run.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_in(const FlatLayout& layout) {
  std::vector<std::string> names;
  for (const FlatTensor& tensor : layout.tensors()) names.push_back(tensor.spec.name);
  return names;
}

class TrainingFileReaderTest : public testing::Test {
 protected:
  TrainingFileReader written(const SmallRun& run) const {
    run.write(path_);
    return TrainingFileReader(path_);
  }
  TrainingFileReader written(PythonFile file) const {
    file.write(path_);
    return TrainingFileReader(path_);
  }
  std::string error_of(PythonFile file) const {
    return checkpoint_error_of([&] { written(std::move(file)); });
  }

 private:
  TempDirectory directory_;

 protected:
  std::filesystem::path path_ = directory_ / "latest.pt";
};

TEST_F(TrainingFileReaderTest, GivesBackEveryArrayOfTwoGroups) {
  const SmallRun run = two_chunk_run();
  const TrainingFileReader reader = written(run);
  for (const StateArray array : kStateArrays) {
    EXPECT_TRUE(reader.has(array));
    EXPECT_TRUE(read_all(reader, array) == run.values[array]);
  }
}

TEST_F(TrainingFileReaderTest, GivesBackEveryArrayOfOneGroup) {
  SmallRun run = small_run();
  run.content.groups = {{.learning_rate = 0.5, .tensors = {0, 1, 2, 3}}};
  const TrainingFileReader reader = written(run);
  for (const StateArray array : kStateArrays) EXPECT_EQ(read_all(reader, array), run.values[array]);
}

TEST_F(TrainingFileReaderTest, GivesBackOneChunk) {
  const SmallRun run = two_chunk_run();
  const TrainingFileReader reader = written(run);
  const std::vector<float>& values = run.values[StateArray::exp_avg];
  EXPECT_TRUE(read(reader, StateArray::exp_avg, {16384, 31616}) ==
              std::vector<float>(values.begin() + 16384, values.end()));
}

TEST_F(TrainingFileReaderTest, HasTheLayoutAndTheDigestsThatWereWritten) {
  const SmallRun run = small_run();
  const TrainingFileReader reader = written(run);
  EXPECT_THAT(names_in(reader.layout()),
              ElementsAre("transformer.wte.weight", "transformer.h.0.ln_1.weight",
                          "transformer.h.0.attn.c_attn.weight", "transformer.ln_f.bias"));
  EXPECT_EQ(reader.layout().elements(), 32);
  EXPECT_EQ(reader.digests(), run.digests());
}

TEST_F(TrainingFileReaderTest, HasNoMomentsBeforeTheFirstStepButTheirDigests) {
  SmallRun run = small_run();
  run.content.state.step = 0;
  const TrainingFileReader reader = written(run);
  EXPECT_TRUE(reader.has(StateArray::parameters));
  EXPECT_FALSE(reader.has(StateArray::exp_avg));
  EXPECT_FALSE(reader.has(StateArray::exp_avg_sq));
  EXPECT_EQ(read_all(reader, StateArray::parameters), run.values[StateArray::parameters]);
  EXPECT_EQ(reader.digests(), run.digests());
}

TEST_F(TrainingFileReaderTest, ReadsAFileOfPython) {
  const TrainingFileReader reader = written(PythonFile());
  EXPECT_THAT(names_in(reader.layout()),
              ElementsAre("transformer.wte.weight", "transformer.ln_f.bias"));
  EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_FALSE(reader.has(StateArray::exp_avg));
  EXPECT_EQ(reader.digests(), std::nullopt);
  EXPECT_FALSE(reader.file().is_ours());
}

TEST_F(TrainingFileReaderTest, AHistoryThatIsNoGoodCostsNoWeights) {
  PythonFile file;
  PtDict history;
  history.set("train_loss", {PtList{{2.0}}});
  history.set("val_loss", {PtList{{2.0}}});
  history.set("epochs", {PtList{integer(1), integer(2)}});
  file.root.set("history", {history});
  const TrainingFileReader reader = written(file);
  EXPECT_EQ(reader.file().state().history, History());
  EXPECT_THAT(reader.file().history_problem(),
              HasSubstr("latest.pt: the lists of 'history' are not of one length"));
}

TEST_F(TrainingFileReaderTest, ABestLossThatIsNotANumberIsNoneYet) {
  PythonFile file;
  file.root.set("best_loss", {std::nan("")});
  EXPECT_EQ(written(file).file().state().best_loss, std::numeric_limits<double>::infinity());
}

TEST_F(TrainingFileReaderTest, RefusesAnEpochThatCannotBe) {
  for (const std::int64_t epoch : {std::int64_t{-5}, std::numeric_limits<std::int64_t>::max()}) {
    PythonFile file;
    file.root.set("epoch", integer(epoch));
    const TrainingFileReader reader = written(file);
    EXPECT_THAT(checkpoint_error_of([&] { reader.file().state(); }),
                HasSubstr("latest.pt: 'epoch' is " + std::to_string(epoch)));
  }
}

TEST_F(TrainingFileReaderTest, TakesAnEpochThatIsAWholeFloatAndNothingElse) {
  PythonFile file;
  file.root.set("epoch", {3.0});
  EXPECT_EQ(written(file).file().state().epoch, 3);
  for (const PtValue& epoch : {PtValue{3.5}, text("3"), PtValue{PtNone{}}}) {
    file.root.items.front().value = epoch;
    EXPECT_THAT(checkpoint_error_of([&] { written(file).file().state(); }),
                HasSubstr("latest.pt: 'epoch' is not a whole number"));
  }
}

TEST_F(TrainingFileReaderTest, ReadsAStridedViewOfPython) {
  PythonFile file;
  file.matrix.stride = {1, 2};
  file.model.items[0].value = file.model.items[3].value = {file.matrix};
  EXPECT_THAT(read_all(written(file), StateArray::parameters), ElementsAre(0, 2, 4, 1, 3, 5, 6, 7));
}

TEST_F(TrainingFileReaderTest, KeepsAHeadThatIsNotTied) {
  PythonFile file;
  file.model.items[3].value = {row_major_tensor("2", PtDtype::float32, {2, 3})};
  EXPECT_THAT(names_in(written(file).layout()),
              ElementsAre("transformer.wte.weight", "transformer.ln_f.bias", "lm_head.weight"));
}

TEST_F(TrainingFileReaderTest, AHeadThatIsACopyOfTheEmbeddingIsTied) {
  PythonFile file;
  file.model.items[3].value = {row_major_tensor("2", PtDtype::float32, {2, 3})};
  std::iota(file.numbers.begin() + 10, file.numbers.begin() + 16, 0.0F);
  EXPECT_THAT(names_in(written(file).layout()),
              ElementsAre("transformer.wte.weight", "transformer.ln_f.bias"));
  file.numbers[15] = 5.5F;
  EXPECT_EQ(names_in(written(file).layout()).back(), "lm_head.weight");
}

// As where all parameters lie in one flat array.
TEST_F(TrainingFileReaderTest, AHeadElsewhereInTheStorageOfTheEmbeddingIsNotTied) {
  PythonFile file;
  PtTensor half = file.matrix;
  half.shape = {1, 3};
  half.stride = {3, 1};
  file.model.items[0].value = {half};
  half.offset = 3;
  file.model.items[3].value = {half};
  const TrainingFileReader reader = written(file);
  EXPECT_EQ(names_in(reader.layout()).back(), "lm_head.weight");
  EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 6, 7, 3, 4, 5));
}

TEST_F(TrainingFileReaderTest, TakesTheNamesOfWrappersOff) {
  for (const std::string wrapper :
       {"module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."}) {
    PythonFile file;
    for (PtItem& item : file.model.items) item.key = text(wrapper + *item.key.as<std::string>());
    const TrainingFileReader reader = written(file);
    EXPECT_THAT(names_in(reader.layout()),
                ElementsAre("transformer.wte.weight", "transformer.ln_f.bias"));
    EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  }
}

TEST_F(TrainingFileReaderTest, RefusesANameThatIsThereTwiceWithoutItsWrapper) {
  PythonFile file;
  file.model.set("module.transformer.ln_f.bias", {file.vector});
  EXPECT_THAT(error_of(file), HasSubstr("'model' has transformer.ln_f.bias twice"));
}

// The front half of a small whole number in float32 is its bfloat16, the back half is zero.
TEST_F(TrainingFileReaderTest, ReadsParametersOf16BitsAsFloat32) {
  PythonFile file;
  file.model.items[0].value =
      file.model.items[3].value = {row_major_tensor("0", PtDtype::bfloat16, {2, 6})};
  const TrainingFileReader reader = written(file);
  EXPECT_THAT(read_all(reader, StateArray::parameters),
              ElementsAre(0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 6, 7));
  EXPECT_THAT(read(reader, StateArray::parameters, {3, 13}),
              ElementsAre(1, 0, 2, 0, 3, 0, 4, 0, 5, 6));
}

TEST_F(TrainingFileReaderTest, TakesTheSizesOfNanoGpt) {
  PythonFile file;
  PtDict sizes;
  for (const std::string key : {"vocab_size", "n_layer", "n_head", "n_embd"})
    sizes.set(key, integer(3));
  file.root.set("model_args", {sizes});
  EXPECT_THAT(checkpoint_error_of([&] { written(file).file().model_config(); }),
              HasSubstr("'model_args' has no whole number 'block_size'"));
  sizes.set("block_size", integer(7));
  file.root.items.back().value = {sizes};
  EXPECT_EQ(written(file).file().model_config().block_size, 7);
}

TEST_F(TrainingFileReaderTest, SaysWhatAFileWithoutSizesNeeds) {
  const TrainingFileReader reader = written(PythonFile());
  EXPECT_THAT(checkpoint_error_of([&] { reader.file().model_config(); }),
              HasSubstr("the entry 'model_config' is missing"));
}

TEST_F(TrainingFileReaderTest, NamesATensorOfAnotherType) {
  PythonFile file;
  file.model.items[2].value = {row_major_tensor("1", PtDtype::int64, {1})};
  EXPECT_THAT(error_of(file), HasSubstr("transformer.ln_f.bias has dtype int64, expected float32"));
}

TEST_F(TrainingFileReaderTest, RefusesATensorThatRepeatsItsElements) {
  PythonFile file;
  PtTensor endless = file.vector;
  endless.shape = {std::int64_t{1} << 40};
  endless.stride = {0};
  file.model.items[2].value = {endless};
  EXPECT_THAT(error_of(file), HasSubstr("transformer.ln_f.bias has more elements than are stored"));
}

TEST_F(TrainingFileReaderTest, RefusesAHeadAndAnEmbeddingWithoutEndBeforeItComparesThem) {
  PythonFile file;
  const auto endless = [](const std::string& storage) {
    PtTensor tensor = row_major_tensor(storage, PtDtype::float32, {2, 3});
    tensor.shape = {std::int64_t{1} << 50};
    tensor.stride = {0};
    return PtValue{tensor};
  };
  file.model.items = {{text("lm_head.weight"), endless("0")},
                      {text("transformer.wte.weight"), endless("2")}};
  EXPECT_THAT(error_of(file), HasSubstr("lm_head.weight has more elements than are stored"));
}

// A run that goes on gives the name to another file, as a server or an export reads this one.
TEST_F(TrainingFileReaderTest, ReadsTheFileThatItOpenedWhateverHasItsNameNow) {
  PythonFile first;
  first.write(path_);
  TrainingFile opened(path_);
  PythonFile second;
  second.numbers.assign(24, 9.0F);
  second.write(path_);
  const TrainingFileReader reader(std::move(opened));
  EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_NO_THROW(reader.check_without_digests());
  put_bytes(path_, "something else");
  EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(TrainingFileReaderTest, NamesAMissingModel) {
  PtDict root;
  root.set("epoch", integer(7));
  write_pt_file(path_, {root}, {});
  EXPECT_THAT(checkpoint_error_of([&] { TrainingFileReader reader(path_); }),
              HasSubstr("latest.pt: the entry 'model' is missing"));
}

TEST_F(TrainingFileReaderTest, RefusesDigestsThatAreNotOfItsTensors) {
  PythonFile file;
  PtDict ours;
  ours.set("chunk_digests", {row_major_tensor("1", PtDtype::uint8, {8})});
  file.root.set("lockstep", {ours});
  EXPECT_THAT(error_of(file), HasSubstr("'lockstep.chunk_digests' does not have the digests"));
}

}  // namespace
}  // namespace lockstep::test
