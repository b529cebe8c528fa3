// SPDX-License-Identifier: Apache-2.0
#include "store/export_model.h"

#include <cmath>

#include "base/file.h"
#include "base/sentence.h"
#include "config/fields.h"
#include "export/hf_model.h"
#include "export/safetensors_file.h"
#include "store/checked_digests.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr const char* kTensors = "model.safetensors";
constexpr const char* kTokenizer = "tokenizer.model";
constexpr const char* kConfig = "config.json";

// Files that are new in a folder. Without keep() they are gone at the end, and so are the folder
// and those above it that were not there.
class NewFiles {
 public:
  explicit NewFiles(fs::path folder) : folder_(std::move(folder)) {
    std::error_code ignored;
    const auto is_there = [&](const fs::path& path) {
      return fs::exists(fs::symlink_status(path, ignored));
    };
    for (fs::path path = folder_; !path.empty() && !is_there(path); path = path.parent_path())
      new_folders_.push_back(path);
  }
  ~NewFiles() {
    std::error_code ignored;
    if (is_kept_) return;
    for (const ExportedFile& file : files_) fs::remove(folder_ / file.name, ignored);
    // Only those that are empty: they may have got files of others.
    for (const fs::path& made : new_folders_) fs::remove(made, ignored);
  }
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;

  void make_folder() const { make_directory(folder_, ErrorKind::checkpoint); }
  fs::path path(const char* name) const { return folder_ / name; }
  void add(const char* name, std::int64_t bytes) { files_.push_back({name, bytes}); }
  void write(const char* name, std::string_view content) {
    write_durably(path(name), content, ErrorKind::checkpoint);
    add(name, static_cast<std::int64_t>(content.size()));
  }
  std::vector<ExportedFile> keep() {
    is_kept_ = true;
    return files_;
  }

 private:
  fs::path folder_;
  std::vector<fs::path> new_folders_;  // the deepest first
  bool is_kept_ = false;
  std::vector<ExportedFile> files_;
};

// Digests are compared while tensors are read; bytes without them are compared now.
void make_sure_of(const OpenCheckpoint& checkpoint, const std::string& doing) {
  if (!checked_digests(checkpoint, doing)) checkpoint.reader->check_without_digests();
}

std::vector<ExportedTensor> tensors_of(const OpenCheckpoint& checkpoint, ModelFormat format,
                                       const std::string& doing) {
  const FlatLayout& layout = checkpoint.reader->layout();
  switch (format) {
    case ModelFormat::hf: return hf_tensors(layout, checkpoint.model, doing);
    case ModelFormat::safetensors: return tensors_as_they_are(layout);
  }
  throw Error(ErrorKind::internal, doing + ": unhandled ModelFormat");
}

SafetensorsMetadata metadata_of(const OpenCheckpoint& checkpoint) {
  const TrainState& state = checkpoint.state;
  // transformers takes a file only with a format that it knows.
  SafetensorsMetadata metadata = {{"format", "pt"}, {"epoch", std::to_string(state.epoch)}};
  if (checkpoint.is_ours) metadata.emplace_back("step", std::to_string(state.step));
  if (std::isfinite(state.train_loss))
    metadata.emplace_back("train_loss", number_text(state.train_loss));
  if (std::isfinite(state.val_loss)) metadata.emplace_back("val_loss", number_text(state.val_loss));
  if (!checkpoint.root.empty()) metadata.emplace_back("root", checkpoint.root);
  return metadata;
}

std::int64_t zeros_in(const std::vector<ExportedTensor>& tensors) {
  std::int64_t zeros = 0;
  for (const ExportedTensor& tensor : tensors)
    if (!tensor.place) zeros += element_count(tensor.spec.shape);
  return zeros;
}

}  // namespace

std::vector<std::string_view> exported_names(ModelFormat format) {
  if (format == ModelFormat::safetensors) return {kTensors};
  return {kTensors, kTokenizer, kConfig};
}

ExportedModel export_model(const fs::path& checkpoint, ModelFormat format, const fs::path& folder) {
  const std::string doing = sentence("exporting {0}", {checkpoint});
  const OpenCheckpoint open = open_checkpoint(checkpoint);
  const std::vector<ExportedTensor> tensors = tensors_of(open, format, doing);
  make_sure_of(open, doing);
  NewFiles files(folder);
  files.make_folder();
  files.add(kTensors,
            write_safetensors(files.path(kTensors), *open.reader, tensors, metadata_of(open)));
  if (format == ModelFormat::hf) {
    if (open.tokenizer && !open.tokenizer->serialized.empty())
      files.write(kTokenizer, open.tokenizer->serialized);
    // Last: a loader looks for it first, so with it the model is there.
    files.write(kConfig, hf_config(open.reader->layout(), open.model));
  }
  return {.files = files.keep(),
          .parameters = open.reader->layout().elements(),
          .zero_biases = zeros_in(tensors),
          .root = open.root};
}

}  // namespace lockstep
