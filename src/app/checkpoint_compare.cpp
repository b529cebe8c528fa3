// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_compare.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "store/disk_use.h"
#include "store/open_checkpoint.h"
#include "store/verify.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Kind = StateComparison::Kind;

// A link such as shards/latest moves on while a run does, so it is followed once.
fs::path resolved(const fs::path& checkpoint) {
  return is_folder(checkpoint, ErrorKind::checkpoint) ? fs::canonical(checkpoint) : checkpoint;
}

std::int64_t bytes_of(const fs::path& checkpoint) {
  if (!is_folder(checkpoint, ErrorKind::checkpoint))
    return bytes_in(checkpoint, ErrorKind::checkpoint);
  DiskUse use;
  for (const fs::path& file : files_below(checkpoint)) use.add(file);
  return use.apparent_bytes();
}

ComparedCheckpoint numbers_of(const OpenCheckpoint& checkpoint) {
  return {.name = checkpoint_name(checkpoint.path),
          .val_loss = checkpoint.state.val_loss,
          .train_loss = checkpoint.state.train_loss,
          .parameters = checkpoint.reader->layout().elements(),
          .bytes = bytes_of(checkpoint.path),
          .root = checkpoint.root};
}

bool is_of_one_layout(const FlatLayout& one, const FlatLayout& other) {
  return std::ranges::equal(one.tensors(), other.tensors(), {}, &FlatTensor::spec,
                            &FlatTensor::spec);
}

std::string root_of_whole(const fs::path& checkpoint) {
  const Verification verification = verify_checkpoint(checkpoint);
  if (verification.ok()) return verification.root;
  const std::string& problem = verification.problems.front();
  throw Error(ErrorKind::checkpoint,
              verification.problems.size() == 1
                  ? sentence("comparing {0}: it is damaged: {1}", {checkpoint, problem})
                  : sentence("comparing {0}: it is damaged: {1}; ckpt-tool verify says what else",
                             {checkpoint, problem}));
}

// Roots that are equal say what was written, not what is there now: every byte is read.
StateComparison compare_tensors(const fs::path& one, const fs::path& other) {
  const std::string first = root_of_whole(one);
  const std::string second = root_of_whole(other);
  // Python may have saved one of them again without its moments.
  if (first == second && !first.empty()) return {.kind = Kind::identical};
  return {.kind = Kind::different};
}

StateComparison compare_states(const OpenCheckpoint& one, const OpenCheckpoint& other) {
  if (!is_of_one_layout(one.reader->layout(), other.reader->layout()))
    return {.kind = Kind::other_layout};
  if (one.root.empty() || other.root.empty()) return {.kind = Kind::unknown};
  if (one.root == other.root) return compare_tensors(one.path, other.path);
  const std::optional<StateDigests> first = one.reader->digests();
  const std::optional<StateDigests> second = other.reader->digests();
  if (!first || !second) return {.kind = Kind::different};
  const auto difference = first_difference(one.reader->layout(), *first, *second);
  if (!difference) return {.kind = Kind::different};
  return {.kind = Kind::different,
          .array = std::string(name_of(difference->array)),
          .tensor = difference->tensor,
          .chunk = difference->chunk};
}

}  // namespace

Comparison compare_checkpoints(const fs::path& first, const fs::path& second) {
  const OpenCheckpoint one = open_checkpoint(resolved(first));
  const OpenCheckpoint other = open_checkpoint(resolved(second));
  Comparison comparison{
      .first = numbers_of(one), .second = numbers_of(other), .state = compare_states(one, other)};
  // Of two directories the names alone would not tell them apart.
  if (comparison.first.name == comparison.second.name && first != second) {
    comparison.first.name = first.string();
    comparison.second.name = second.string();
  }
  return comparison;
}

}  // namespace lockstep
