// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.h"
#include "export/training_file.h"
#include "export/training_tree.h"

namespace lockstep {
namespace {

// Before the first step the moments are zeros, and not in the file: their digests are.
StateDigests digests_of(const PerArray<std::span<const float>>& values) {
  StateDigests digests;
  for (const StateArray array : kStateArrays) digests[array] = chunk_digests(values[array]);
  return digests;
}

}  // namespace

void write_training_file(const std::filesystem::path& path, const TrainingContent& content,
                         const PerArray<std::span<const float>>& values) {
  const TrainingFilePlan plan(content);
  const StateDigests digests = digests_of(values);
  write_whole_file(path, ErrorKind::checkpoint, [&](SharedFile& file) {
    file.reserve(plan.file_bytes());
    TrainingFilePart part(plan, file);
    for (const StateArray array : kStateArrays)
      part.write(array, {0, content.layout.elements()}, values[array]);
    finish_training_file(plan, file, part.pieces(), digests, state_root(content.layout, digests));
  });
}

std::int64_t training_file_bytes(const ModelConfig& model, const FlatLayout& layout) {
  constexpr std::int64_t kPerTensor = 1024;  // headers, names and padding of its three entries
  constexpr std::int64_t kFloat = sizeof(float);
  constexpr auto kDigest = static_cast<std::int64_t>(sizeof(Digest128));
  return 3 * layout.elements() * kFloat + model.block_size * model.block_size * kFloat +
         digest_rows(layout) * kDigest +
         static_cast<std::int64_t>(layout.tensors().size()) * kPerTensor;
}

}  // namespace lockstep
