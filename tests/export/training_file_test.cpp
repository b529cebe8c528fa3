// SPDX-License-Identifier: Apache-2.0
#include "export/training_file.h"

#include <gmock/gmock.h>

#include <numeric>
#include <vector>

#include "export/pt_file.h"
#include "export/samples.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

// A model of one block with two matrices and two vectors: 70 elements.
FlatLayout small_layout() {
  return FlatLayout({{"transformer.wte.weight", {8, 2}},
                     {"transformer.h.0.ln_1.weight", {2}},
                     {"transformer.h.0.attn.c_attn.weight", {6, 2}},
                     {"transformer.ln_f.bias", {2}}});
}

struct SmallRun {
  FlatLayout layout = small_layout();
  std::vector<float> parameters = counted_from(100.0F);
  std::vector<float> exp_avg = counted_from(200.0F);
  std::vector<float> exp_avg_sq = counted_from(300.0F);

  std::vector<float> counted_from(float first) const {
    std::vector<float> numbers(static_cast<std::size_t>(layout.elements()));
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
  }

  TrainingContent content() const {
    TrainingContent content;
    content.state.epoch = 3;
    content.state.step = 42;
    content.state.best_loss = 1.5;
    content.state.best_epoch = 2;
    content.state.train_loss = 1.25;
    content.state.val_loss = 1.75;
    content.state.history = {{3.0, 2.0, 1.25}, {2.5, 1.5, 1.75}, {1, 2, 3}};
    content.state.tokens_digest = "d1";
    content.state.run_config = "{\"seed\": 1}";
    content.model = {.name = "tiny",
                     .vocab_size = 8,
                     .n_layer = 1,
                     .n_head = 1,
                     .n_embd = 2,
                     .block_size = 4,
                     .dropout = 0.25,
                     .bias = false};
    content.layout = layout;
    content.parameters = parameters;
    content.exp_avg = exp_avg;
    content.exp_avg_sq = exp_avg_sq;
    content.groups = {{.learning_rate = 0.5, .weight_decay = 0.1, .tensors = {0, 2}},
                      {.learning_rate = 0.5, .weight_decay = 0.0, .tensors = {1, 3}}};
    content.tokenizer = {.kind = "byte", .serialized = std::string("\0tokens", 7)};
    return content;
  }
};

class TrainingFileTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return directory_ / "model.pt"; }
  TrainingFile written(const TrainingContent& content) const {
    write_training_file(path(), content);
    return TrainingFile(path());
  }
  // What Python would have written with this one entry.
  TrainingFile with_entry(const std::string& key, const PtValue& value) const {
    PtDict root;
    root.set(key, value);
    write_pt_file(path(), {root}, {});
    return TrainingFile(path());
  }

  SmallRun run_;
  std::vector<float> first_ = std::vector<float>(run_.parameters.size());
  std::vector<float> second_ = std::vector<float>(run_.parameters.size());

 private:
  TempDirectory directory_;
};

TEST_F(TrainingFileTest, GivesBackTheParameters) {
  written(run_.content()).read_parameters(run_.layout, first_);
  EXPECT_EQ(first_, run_.parameters);
}

TEST_F(TrainingFileTest, GivesBackTheMomentsOfTwoGroups) {
  const TrainingFile file = written(run_.content());
  EXPECT_EQ(file.read_moments(run_.layout, first_, second_), 42);
  EXPECT_EQ(first_, run_.exp_avg);
  EXPECT_EQ(second_, run_.exp_avg_sq);
}

TEST_F(TrainingFileTest, GivesBackTheMomentsOfOneGroup) {
  TrainingContent content = run_.content();
  content.groups = {{.learning_rate = 0.5, .tensors = {0, 1, 2, 3}}};
  const TrainingFile file = written(content);
  EXPECT_EQ(file.read_moments(run_.layout, first_, second_), 42);
  EXPECT_EQ(first_, run_.exp_avg);
  EXPECT_EQ(second_, run_.exp_avg_sq);
}

TEST_F(TrainingFileTest, HasNoMomentsBeforeTheFirstStep) {
  TrainingContent content = run_.content();
  content.state.step = 0;
  EXPECT_EQ(written(content).read_moments(run_.layout, first_, second_), 0);
  EXPECT_THAT(first_, Each(0.0F));
}

TEST_F(TrainingFileTest, GivesBackTheStateAndTheSummary) {
  const TrainingFile file = written(run_.content());
  const TrainingSummary summary = file.summary();
  EXPECT_EQ(summary.epoch, 3);
  EXPECT_EQ(summary.train_loss, 1.25);
  EXPECT_EQ(summary.val_loss, 1.75);
  EXPECT_EQ(summary.best_loss, 1.5);
  const TrainState state = file.state();
  EXPECT_EQ(state.step, 42);
  EXPECT_EQ(state.history, run_.content().state.history);
  EXPECT_EQ(state.run_config, "{\n  \"seed\": 1\n}");
}

TEST_F(TrainingFileTest, GivesBackTheModelWithoutItsName) {
  ModelConfig expected = run_.content().model;
  expected.name = "";
  EXPECT_EQ(written(run_.content()).model_config(), expected);
}

TEST_F(TrainingFileTest, GivesBackTheTokenizer) {
  const StoredTokenizer tokenizer = written(run_.content()).tokenizer().value();
  EXPECT_EQ(tokenizer.kind, "byte");
  EXPECT_EQ(tokenizer.serialized, std::string("\0tokens", 7));
}

TEST_F(TrainingFileTest, NamesTheModelsEntriesAsThePythonProgramDoes) {
  write_training_file(path(), run_.content());
  const PtReader reader(path());
  std::vector<std::string> names;
  for (const auto& [key, value] : reader.root().as<PtDict>()->find("model")->as<PtDict>()->items)
    names.push_back(*key.as<std::string>());
  EXPECT_THAT(names, ElementsAre("transformer.wte.weight", "transformer.h.0.ln_1.weight",
                                 "transformer.h.0.attn.bias", "transformer.h.0.attn.c_attn.weight",
                                 "transformer.ln_f.bias", "lm_head.weight"));
}

TEST_F(TrainingFileTest, TiesTheHeadToTheEmbedding) {
  write_training_file(path(), run_.content());
  const PtReader reader(path());
  const PtDict& model = *reader.root().as<PtDict>()->find("model")->as<PtDict>();
  EXPECT_EQ(*model.find("lm_head.weight"), *model.find("transformer.wte.weight"));
}

TEST_F(TrainingFileTest, ForetellsItsSizeToWithinAKibibytePerTensor) {
  const TrainingContent content = run_.content();
  write_training_file(path(), content);
  const auto written_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path()));
  const std::int64_t foretold = training_file_bytes(content.model, content.layout);
  RecordProperty("written", std::to_string(written_bytes));
  EXPECT_LE(std::abs(foretold - written_bytes), 5 * 1024) << written_bytes;
}

TEST_F(TrainingFileTest, TellsWhereARunOfPythonStandsAsFarAsItSays) {
  const TrainingFile file = with_entry("epoch", integer(7));
  EXPECT_FALSE(file.is_ours());
  EXPECT_EQ(file.state().epoch, 7);
  EXPECT_EQ(file.tokenizer().has_value(), false);
  EXPECT_EQ(file.summary().epoch, 7);
  EXPECT_EQ(file.summary().val_loss, std::nullopt);
}

TEST_F(TrainingFileTest, NamesAMissingEntry) {
  const TrainingFile file = with_entry("epoch", integer(7));
  EXPECT_THAT(checkpoint_error_of([&] { file.read_parameters(run_.layout, first_); }),
              HasSubstr("model.pt: the entry 'model' is missing"));
}

TEST_F(TrainingFileTest, NamesATensorOfAnotherShape) {
  const TrainingFile file = written(run_.content());
  const FlatLayout wider({{"transformer.wte.weight", {9, 2}}});
  EXPECT_THAT(checkpoint_error_of([&] { file.read_parameters(wider, first_); }),
              HasSubstr("transformer.wte.weight has shape [8, 2], expected [9, 2]"));
}

TEST_F(TrainingFileTest, NamesAContentThatIsNoDictionary) {
  write_pt_file(path(), {PtList{}}, {});
  EXPECT_THAT(checkpoint_error_of([&] { TrainingFile(path()).summary(); }),
              HasSubstr("not a training checkpoint"));
}

TEST_F(TrainingFileTest, RefusesATokenizerThatRepeatsItsBytes) {
  const std::string byte = "x";
  PtDict ours;
  ours.set("tokenizer_kind", text("byte"));
  ours.set("tokenizer", {PtTensor{.storage = "0",
                                  .dtype = PtDtype::uint8,
                                  .storage_elements = 1,
                                  .offset = 0,
                                  .shape = {std::int64_t{1} << 60},
                                  .stride = {0}}});
  PtDict root;
  root.set("lockstep", {ours});
  write_pt_file(path(), {root}, {{"0", std::as_bytes(std::span(byte))}});
  EXPECT_THAT(checkpoint_error_of([&] { TrainingFile(path()).tokenizer(); }),
              HasSubstr("is not a tokenizer"));
}

}  // namespace
}  // namespace lockstep::test
