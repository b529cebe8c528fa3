// SPDX-License-Identifier: Apache-2.0
#include "store/export_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "base/file.h"
#include "config/config_json.h"
#include "export/adamw_groups.h"
#include "export/gpt_layout.h"
#include "export/samples.h"
#include "store/saved_run.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::UnorderedElementsAre;
using Contents = std::map<std::string, std::string>;

Contents contents_of(const fs::path& folder) {
  Contents contents;
  for (const auto& entry : fs::directory_iterator(folder))
    contents[entry.path().filename().string()] =
        entry.is_directory() ? "" : read_file(entry.path(), ErrorKind::checkpoint);
  return contents;
}

// A whole GPT of several chunks.
SmallRun gpt_run() {
  SmallRun run = run_at_epoch(3);
  TrainingContent& content = run.content;
  content.model = kSmallGpt;
  content.model.vocab_size = 300;
  content.model.n_embd = 64;
  content.layout = FlatLayout(gpt_specs(content.model));
  RunConfig config;
  config.model = content.model;
  content.state.run_config = config_to_json(config);
  content.groups = adamw_groups(content.layout, config.optim, 0.25);
  for (const StateArray array : kStateArrays) {
    run.values[array].resize(static_cast<std::size_t>(content.layout.elements()));
    std::iota(run.values[array].begin(), run.values[array].end(), 1.0F);
  }
  return run;
}

class ExportModelTest : public testing::Test {
 protected:
  std::string refusal(const fs::path& checkpoint, ModelFormat format = ModelFormat::hf) const {
    return checkpoint_error_of([&] { export_model(checkpoint, format, out_); });
  }

  TempDirectory directory_;
  TempDirectory target_;
  fs::path out_ = target_ / "out";
};

TEST_F(ExportModelTest, WritesTheSameFromASetAndFromItsFile) {
  const fs::path set = save_run(directory_.path(), gpt_run(), 3);
  for (const ModelFormat format : {ModelFormat::hf, ModelFormat::safetensors}) {
    const TempDirectory from_set;
    const TempDirectory from_file;
    export_model(set, format, from_set.path());
    export_model(directory_ / "latest.pt", format, from_file.path());
    EXPECT_TRUE(contents_of(from_set.path()) == contents_of(from_file.path()));
  }
}

TEST_F(ExportModelTest, TellsWhatItWrote) {
  const SmallRun run = gpt_run();
  const fs::path set = save_run(directory_.path(), run, 2);
  const ExportedModel written = export_model(set, ModelFormat::hf, out_);
  EXPECT_THAT(
      written.files,
      ElementsAre(
          ExportedFile{"model.safetensors", std::ssize(contents_of(out_)["model.safetensors"])},
          ExportedFile{"tokenizer.model", 7},
          ExportedFile{"config.json", std::ssize(contents_of(out_)["config.json"])}));
  EXPECT_EQ(written.parameters, run.content.layout.elements());
  EXPECT_EQ(written.zero_biases, 0);
  EXPECT_EQ(written.root, state_root(run.content.layout, run.digests()));
  EXPECT_EQ(contents_of(out_)["tokenizer.model"], run.content.tokenizer.serialized);
}

TEST_F(ExportModelTest, LeavesOutATokenizerThatHasNoBytes) {
  SmallRun run = gpt_run();
  run.content.tokenizer.serialized.clear();
  export_model(save_run(directory_.path(), run, 1), ModelFormat::hf, out_);
  EXPECT_THAT(contents_of(out_),
              UnorderedElementsAre(Key("config.json"), Key("model.safetensors")));
}

TEST_F(ExportModelTest, WritesOneFileOfSafetensorsForAnyModel) {
  const fs::path set = save_run(directory_.path(), run_at_epoch(3), 2);
  EXPECT_THAT(refusal(set), HasSubstr("it has no tensor transformer.wpe.weight"));
  EXPECT_FALSE(fs::exists(out_));
  export_model(set, ModelFormat::safetensors, out_);
  EXPECT_THAT(contents_of(out_), ElementsAre(Key("model.safetensors")));
}

TEST_F(ExportModelTest, CarriesWhereTheModelComesFrom) {
  const fs::path set = save_run(directory_.path(), gpt_run(), 1);
  const ExportedModel written = export_model(set, ModelFormat::safetensors, out_);
  EXPECT_THAT(contents_of(out_)["model.safetensors"],
              HasSubstr(R"({"__metadata__":{"format":"pt","epoch":"3","step":"30",)"
                        R"("train_loss":"1.25","val_loss":"1.75","root":")" +
                        written.root + R"("})"));
}

TEST_F(ExportModelTest, LeavesNothingOfADamagedSet) {
  const fs::path set = save_run(directory_.path(), gpt_run(), 2);
  flip_bit_in(set / "shard_00001_of_00002.h5", bytes_of(100'000.0F));
  EXPECT_THAT(refusal(set), HasSubstr("shard_00001_of_00002.h5"));
  EXPECT_THAT(contents_of(target_.path()), IsEmpty());
}

TEST_F(ExportModelTest, LeavesNoneOfTheFoldersAboveThatWereNotThere) {
  const fs::path set = save_run(directory_.path(), gpt_run(), 2);
  flip_bit_in(set / "shard_00001_of_00002.h5", bytes_of(100'000.0F));
  out_ = out_ / "models" / "hf";
  EXPECT_THAT(refusal(set), HasSubstr("shard_00001_of_00002.h5"));
  EXPECT_THAT(contents_of(target_.path()), IsEmpty());
  // One that cannot be made is no reason to leave those above it.
  out_ = target_ / "new" / std::string(300, 'x');
  EXPECT_THAT(refusal(set), HasSubstr("File name too long"));
  EXPECT_THAT(contents_of(target_.path()), IsEmpty());
}

TEST_F(ExportModelTest, LeavesNothingOfADamagedFile) {
  gpt_run().write(directory_ / "one.pt");
  flip_bit_in(directory_ / "one.pt", bytes_of(10'000.0F));
  EXPECT_THAT(refusal(directory_ / "one.pt"), HasSubstr("does not match its digest"));
  EXPECT_THAT(contents_of(target_.path()), IsEmpty());
}

TEST_F(ExportModelTest, ChecksAFileWithoutDigestsBeforeItWrites) {
  const std::vector<float> numbers = {1, 2, 3, 4, 5, 123};
  const fs::path file = directory_ / "python.pt";
  write_pt_file(file, {root_of_python({2, 3})}, {std::as_bytes(std::span(numbers))});
  EXPECT_EQ(export_model(file, ModelFormat::safetensors, out_).root, "");
  fs::remove_all(out_);
  flip_bit_in(file, bytes_of(123.0F));
  EXPECT_THAT(refusal(file, ModelFormat::safetensors), HasSubstr("CRC"));
  EXPECT_THAT(contents_of(target_.path()), IsEmpty());
}

TEST_F(ExportModelTest, LeavesAFolderThatWasThereAsItWas) {
  const fs::path set = save_run(directory_.path(), gpt_run(), 1);
  make_directory(out_, ErrorKind::checkpoint);
  write_durably(out_ / "notes.txt", "mine", ErrorKind::checkpoint);
  // Nothing can be renamed over a folder with a file in it, so the last of the files fails.
  make_directory(out_ / "config.json" / "full", ErrorKind::checkpoint);
  const Contents before = contents_of(out_);
  EXPECT_THAT(refusal(set), HasSubstr("config.json: rename"));
  EXPECT_EQ(contents_of(out_), before);
}

TEST_F(ExportModelTest, KilledAnywhereHasNoHalfFileUnderAName) {
  const SystemCallsRestored restored;
  system_calls().skip_fsync = true;
  const fs::path set = save_run(directory_.path(), gpt_run(), 2);
  export_model(set, ModelFormat::hf, out_);
  const Contents whole = contents_of(out_);
  std::size_t most_names = 0;
  for (int call = 1;; ++call) {
    const TempDirectory killed;
    const bool died =
        dies_before_call(call, [&] { export_model(set, ModelFormat::hf, killed / "out"); });
    if (!died) break;
    if (!fs::exists(killed / "out")) continue;
    std::size_t names = 0;
    for (const auto& [name, content] : contents_of(killed / "out")) {
      if (is_draft_name(name)) continue;
      ++names;
      EXPECT_TRUE(whole.at(name) == content) << name << " before call " << call;
      // The tensors come first: a configuration promises them.
      EXPECT_TRUE(fs::exists(killed / "out/model.safetensors")) << call;
    }
    most_names = std::max(most_names, names);
  }
  EXPECT_EQ(most_names, 3U) << "not every moment was tried";
}

}  // namespace
}  // namespace lockstep::test
