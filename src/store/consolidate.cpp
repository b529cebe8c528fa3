// SPDX-License-Identifier: Apache-2.0
#include "store/consolidate.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/sentence.h"
#include "base/whole_file.h"
#include "export/adamw_groups.h"
#include "export/training_draft.h"
#include "store/checked_digests.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kBlockElements = 256 * kChunkElements;

TrainingContent content_of(const OpenCheckpoint& checkpoint) {
  const FlatLayout& layout = checkpoint.reader->layout();
  return {.state = checkpoint.state,
          .model = checkpoint.model,
          .layout = layout,
          .groups = adamw_groups(layout, run_config_in(checkpoint.state, checkpoint.path).optim,
                                 checkpoint.learning_rate),
          .tokenizer = checkpoint.tokenizer.value_or(StoredTokenizer())};
}

StateDigests digests_of(const OpenCheckpoint& checkpoint) {
  const std::string doing = sentence("consolidating {0}", {checkpoint.path});
  if (const auto digests = checked_digests(checkpoint, doing)) return *digests;
  throw Error(ErrorKind::checkpoint, sentence("{0}: it has no digests, so its tensors could not be "
                                              "verified; Lockstep's own files have them",
                                              {doing}));
}

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

Consolidated consolidate(const fs::path& checkpoint, const fs::path& file) {
  const OpenCheckpoint open = open_checkpoint(checkpoint);
  const StateDigests digests = digests_of(open);
  const TrainingFilePlan plan(content_of(open));
  write_whole_file(file, ErrorKind::checkpoint, [&](SharedFile& written) {
    written.reserve(plan.file_bytes());
    finish_training_file(plan, written, write_tensors(*open.reader, plan, written), digests,
                         open.root);
  });
  return {.bytes = plan.file_bytes(), .root = open.root};
}

}  // namespace lockstep
