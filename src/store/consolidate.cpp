// SPDX-License-Identifier: Apache-2.0
#include "store/consolidate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "config/config_json.h"
#include "export/adamw_groups.h"
#include "export/training_draft.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr ErrorKind kKind = ErrorKind::checkpoint;
constexpr std::int64_t kBlockElements = 256 * kChunkElements;

[[noreturn]] void refuse(const fs::path& checkpoint, const std::string& found) {
  throw Error(kKind, "consolidating " + checkpoint.string() + ": " + found);
}

OptimConfig optim_of(const OpenCheckpoint& checkpoint) {
  RunConfig config;
  const std::vector<std::string> problems = apply_json(checkpoint.state.run_config, config);
  if (!problems.empty())
    refuse(checkpoint.path, "its configuration cannot be used: " + problems.front());
  return config.optim;
}

TrainingContent content_of(const OpenCheckpoint& checkpoint) {
  const FlatLayout& layout = checkpoint.reader->layout();
  return {.state = checkpoint.state,
          .model = checkpoint.model,
          .layout = layout,
          .groups = adamw_groups(layout, optim_of(checkpoint), checkpoint.learning_rate),
          .tokenizer = checkpoint.tokenizer.value_or(StoredTokenizer())};
}

StateDigests checked_digests(const OpenCheckpoint& checkpoint) {
  const std::optional<StateDigests> digests = checkpoint.reader->digests();
  if (!digests) refuse(checkpoint.path, "it has no digests");
  const std::string root = state_root(checkpoint.reader->layout(), *digests);
  if (root != checkpoint.root)
    refuse(checkpoint.path,
           "its root is " + checkpoint.root + ", its digests give " + root + "; it is damaged");
  return *digests;
}

// A name beside the file's that no other process picks.
fs::path draft_beside(const fs::path& file) {
  std::array<std::byte, 4> id{};
  const unsigned number = std::random_device{}();
  std::memcpy(id.data(), &number, id.size());
  return fs::path(file) += ".draft-" + hex_text(id);
}

// A file beside its name, removed unless it gets it.
class DraftPath {
 public:
  explicit DraftPath(const fs::path& file) : file_(file), draft_(draft_beside(file)) {}
  ~DraftPath() {
    std::error_code ignored;
    fs::remove(draft_, ignored);
  }
  DraftPath(const DraftPath&) = delete;
  DraftPath& operator=(const DraftPath&) = delete;

  const fs::path& path() const { return draft_; }
  void take_name() const { rename_durably(draft_, file_, kKind); }

 private:
  fs::path file_;
  fs::path draft_;
};

std::vector<PtPiece> write_tensors(const StateReader& reader, const TrainingFilePlan& plan,
                                   SharedFile& file) {
  TrainingFilePart part(plan, file);
  const std::int64_t elements = reader.layout().elements();
  std::vector<float> buffer(static_cast<std::size_t>(std::min(kBlockElements, elements)));
  for (const StateArray array : kStateArrays) {
    if (!reader.has(array)) continue;
    for (std::int64_t first = 0; first < elements; first += kBlockElements) {
      const ElementRange block = {first, std::min(first + kBlockElements, elements)};
      const auto values = std::span(buffer).first(static_cast<std::size_t>(block.count()));
      reader.read(array, block, values);
      part.write(array, block, values);
    }
  }
  return part.pieces();
}

}  // namespace

std::int64_t consolidate(const fs::path& checkpoint, const fs::path& file) {
  const OpenCheckpoint open = open_checkpoint(checkpoint);
  const StateDigests digests = checked_digests(open);
  const TrainingFilePlan plan(content_of(open));
  const DraftPath draft(file);
  SharedFile written(draft.path(), kKind);
  written.reserve(plan.file_bytes());
  finish_training_file(plan, written, write_tensors(*open.reader, plan, written), digests,
                       open.root);
  written.finish();
  draft.take_name();
  return plan.file_bytes();
}

}  // namespace lockstep
