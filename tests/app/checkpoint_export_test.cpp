// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "store/saved_run.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ExportCheckpointTest : public testing::Test {
 protected:
  std::string refusal_of(ModelFormat format, const fs::path& folder) const {
    return message_of([&] { export_checkpoint(set_, format, folder); }, ErrorKind::usage);
  }

  TempDirectory folder_;
  fs::path set_ = save_run(folder_.path(), run_at_epoch(1), 2);
  fs::path out_ = folder_ / "out";
};

TEST_F(ExportCheckpointTest, SaysWhatItWroteAndWhere) {
  const ExportedFolder written = export_checkpoint(set_, ModelFormat::safetensors, out_ / "");
  EXPECT_EQ(written.checkpoint, "epoch_0001");
  EXPECT_EQ(written.format, "safetensors");
  EXPECT_EQ(written.folder, out_.string());
  EXPECT_EQ(written.model.files.front().bytes,
            static_cast<std::int64_t>(fs::file_size(out_ / "model.safetensors")));
}

TEST_F(ExportCheckpointTest, CallsALinkWhatItPointsTo) {
  const ExportedFolder written =
      export_checkpoint(folder_ / "shards/latest", ModelFormat::safetensors, out_);
  EXPECT_EQ(written.checkpoint, "epoch_0001");
}

TEST_F(ExportCheckpointTest, TakesAFile) {
  const ExportedFolder written =
      export_checkpoint(folder_ / "latest.pt", ModelFormat::safetensors, out_);
  EXPECT_EQ(written.checkpoint, "latest.pt");
}

TEST_F(ExportCheckpointTest, WritesIntoAFolderThatHoldsOtherThings) {
  make_directory(out_, ErrorKind::checkpoint);
  write_durably(out_ / "notes.txt", "mine", ErrorKind::checkpoint);
  export_checkpoint(set_, ModelFormat::safetensors, out_);
  EXPECT_TRUE(fs::exists(out_ / "model.safetensors"));
  EXPECT_EQ(read_file(out_ / "notes.txt", ErrorKind::checkpoint), "mine");
}

TEST_F(ExportCheckpointTest, OverwritesNothing) {
  make_directory(out_, ErrorKind::checkpoint);
  write_durably(out_ / "config.json", "mine", ErrorKind::checkpoint);
  EXPECT_EQ(refusal_of(ModelFormat::hf, out_),
            "exporting epoch_0001: " + (out_ / "config.json").string() +
                " exists and is not overwritten; give another folder with -o");
  export_checkpoint(set_, ModelFormat::safetensors, out_);
  EXPECT_THAT(refusal_of(ModelFormat::safetensors, out_), HasSubstr("model.safetensors exists"));
  EXPECT_EQ(read_file(out_ / "config.json", ErrorKind::checkpoint), "mine");
}

TEST_F(ExportCheckpointTest, WritesIntoAFolderOnly) {
  write_durably(out_, "mine", ErrorKind::checkpoint);
  EXPECT_THAT(refusal_of(ModelFormat::hf, out_), HasSubstr("out is not a folder"));
  fs::create_symlink("nowhere", folder_ / "dangling");
  EXPECT_THAT(refusal_of(ModelFormat::hf, folder_ / "dangling"), HasSubstr("is a link to nowhere"));
  EXPECT_EQ(read_file(out_, ErrorKind::checkpoint), "mine");
}

}  // namespace
}  // namespace lockstep::test
