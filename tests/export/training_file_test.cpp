// SPDX-License-Identifier: Apache-2.0
#include "export/training_file.h"

#include <gmock/gmock.h>

#include <vector>

#include "export/samples.h"
#include "export/small_run.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TrainingFileTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return directory_ / "model.pt"; }
  TrainingFile written() const {
    run_.write(path());
    return TrainingFile(path());
  }
  // What Python would have written with this one entry.
  TrainingFile with_entry(const std::string& key, const PtValue& value) const {
    PtDict root;
    root.set(key, value);
    write_pt_file(path(), {root}, {});
    return TrainingFile(path());
  }

  SmallRun run_ = small_run();

 private:
  TempDirectory directory_;
};

TEST_F(TrainingFileTest, GivesBackTheStateAndTheSummary) {
  const TrainingFile file = written();
  const TrainingSummary summary = file.summary();
  EXPECT_EQ(summary.epoch, 3);
  EXPECT_EQ(summary.train_loss, 1.25);
  EXPECT_EQ(summary.val_loss, 1.75);
  EXPECT_EQ(summary.best_loss, 1.5);
  const TrainState state = file.state();
  EXPECT_EQ(state.step, 42);
  EXPECT_EQ(state.history, run_.content.state.history);
  EXPECT_EQ(state.run_config, "{\n  \"seed\": 1\n}");
}

TEST_F(TrainingFileTest, GivesBackTheModelWithoutItsName) {
  ModelConfig expected = run_.content.model;
  expected.name = "";
  EXPECT_EQ(written().model_config(), expected);
}

TEST_F(TrainingFileTest, NamesTheGeluOnlyWhereItIsNotThatOfThePythonProgram) {
  EXPECT_EQ(written().model_config().gelu, GeluKind::erf);
  const auto stored = [&] {
    return *PtReader(path()).root().as<PtDict>()->find("model_config")->as<PtDict>();
  };
  EXPECT_EQ(stored().find("gelu"), nullptr);
  run_.content.model.gelu = GeluKind::tanh;
  EXPECT_EQ(written().model_config().gelu, GeluKind::tanh);
  EXPECT_EQ(*stored().find("gelu")->as<std::string>(), "tanh");
}

TEST_F(TrainingFileTest, RefusesAGeluThatItDoesNotKnow) {
  PtDict config;
  config.set("gelu", text("relu"));
  for (const char* const size : {"vocab_size", "n_layer", "n_head", "n_embd", "block_size"})
    config.set(size, integer(1));
  const TrainingFile file = with_entry("model_config", {config});
  EXPECT_THAT(checkpoint_error_of([&] { file.model_config(); }),
              HasSubstr("'model_config.gelu' is not 'erf' or 'tanh'"));
}

TEST_F(TrainingFileTest, GivesBackTheTokenizer) {
  const StoredTokenizer tokenizer = written().tokenizer().value();
  EXPECT_EQ(tokenizer.kind, "byte");
  EXPECT_EQ(tokenizer.serialized, std::string("\0tokens", 7));
}

TEST_F(TrainingFileTest, GivesBackTheRootOfTheState) {
  EXPECT_EQ(written().root(), state_root(run_.content.layout, run_.digests()));
}

TEST_F(TrainingFileTest, GivesBackTheLearningRateAndTheUpdatesMade) {
  const TrainingFile file = written();
  EXPECT_EQ(file.learning_rate(), 0.5);
  EXPECT_EQ(file.optimizer_steps(), 42);
}

TEST_F(TrainingFileTest, KnowsMoreUpdatesThanTorchCanCount) {
  run_.content.state.step = 16777217;  // as float32: 16,777,216
  EXPECT_EQ(written().optimizer_steps(), 16777217);
}

TEST_F(TrainingFileTest, CountsNoSkippedStepAsAnUpdate) {
  run_.content.state.skipped_steps = 2;
  const TrainingFile file = written();
  EXPECT_EQ(file.state().step, 42);
  EXPECT_EQ(file.optimizer_steps(), 40);
}

TEST_F(TrainingFileTest, NamesTheModelsEntriesAsThePythonProgramDoes) {
  run_.write(path());
  const PtReader reader(path());
  std::vector<std::string> names;
  for (const auto& [key, value] : reader.root().as<PtDict>()->find("model")->as<PtDict>()->items)
    names.push_back(*key.as<std::string>());
  EXPECT_THAT(names, ElementsAre("transformer.wte.weight", "transformer.h.0.ln_1.weight",
                                 "transformer.h.0.attn.bias", "transformer.h.0.attn.c_attn.weight",
                                 "transformer.ln_f.bias", "lm_head.weight"));
}

TEST_F(TrainingFileTest, TiesTheHeadToTheEmbedding) {
  run_.write(path());
  const PtReader reader(path());
  const PtDict& model = *reader.root().as<PtDict>()->find("model")->as<PtDict>();
  EXPECT_EQ(*model.find("lm_head.weight"), *model.find("transformer.wte.weight"));
}

TEST_F(TrainingFileTest, ForetellsItsSizeToWithinAKibibytePerTensor) {
  const TrainingContent& content = run_.content;
  run_.write(path());
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
  EXPECT_EQ(file.root(), std::nullopt);
  EXPECT_EQ(file.learning_rate(), std::nullopt);
  EXPECT_EQ(file.optimizer_steps(), 0);
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
  write_pt_file(path(), {root}, {std::as_bytes(std::span(byte))});
  EXPECT_THAT(checkpoint_error_of([&] { TrainingFile(path()).tokenizer(); }),
              HasSubstr("is not a tokenizer"));
}

}  // namespace
}  // namespace lockstep::test
