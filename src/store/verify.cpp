// SPDX-License-Identifier: Apache-2.0
#include "store/verify.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"
#include "export/training_file.h"
#include "store/open_checkpoint.h"
#include "store/verify_set.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kPieceElements = 256 * kChunkElements;

// Reads all of a state, and of what cannot be read names every chunk.
class StateCheck {
 public:
  StateCheck(const StateReader& reader, ProblemList& problems)
      : reader_(reader),
        problems_(problems),
        elements_(reader.layout().elements()),
        buffer_(static_cast<std::size_t>(std::min(kPieceElements, elements_))) {}

  // The digests of the values, also of those that were not read and are not fit for use then.
  StateDigests run() {
    StateDigests digests;
    for (const StateArray array : kStateArrays) {
      for (std::int64_t first = 0; first < elements_; first += kPieceElements) {
        const ElementRange block = {first, std::min(first + kPieceElements, elements_)};
        const ChunkDigests found = chunk_digests(read(array, block));
        digests[array].insert(digests[array].end(), found.begin(), found.end());
      }
    }
    return digests;
  }

 private:
  // An array that the checkpoint does not hold is zero: no step has been made.
  std::span<const float> read(StateArray array, ElementRange block) {
    const std::span<float> values =
        std::span(buffer_).first(static_cast<std::size_t>(block.count()));
    if (!reader_.has(array)) {
      std::ranges::fill(values, 0.0F);
      return values;
    }
    try {
      reader_.read(array, block, values);
    } catch (const Error&) {
      read_by_chunks(array, block, values);
    }
    return values;
  }

  void read_by_chunks(StateArray array, ElementRange block, std::span<float> values) {
    for (std::int64_t first = block.first; first < block.last; first += kChunkElements) {
      const ElementRange chunk = {first, std::min(first + kChunkElements, block.last)};
      problems_.attempt([&] {
        reader_.read(array, chunk,
                     values.subspan(static_cast<std::size_t>(first - block.first),
                                    static_cast<std::size_t>(chunk.count())));
      });
    }
  }

  const StateReader& reader_;
  ProblemList& problems_;
  std::int64_t elements_;
  std::vector<float> buffer_;
};

bool has_all(const StateReader& reader) {
  return std::ranges::all_of(kStateArrays, [&](StateArray array) { return reader.has(array); });
}

// Python's own, and those of ours that Python saved again without its optimizer: there the digests
// of the moments are those of what is gone.
bool lacks_moments(const OpenCheckpoint& file, const StateDigests& digests) {
  if (has_all(*file.reader)) return false;
  const std::optional<StateDigests> stored = file.reader->digests();
  return !file.is_ours || (stored && *stored != digests);
}

// Where there are digests, each array has been compared with its own as it was read.
std::string checked_root(const OpenCheckpoint& file, const StateDigests& digests,
                         ProblemList& problems) {
  if (lacks_moments(file, digests)) return "";
  std::string root = state_root(file.reader->layout(), digests);
  if (!file.root.empty() && root != file.root)
    problems.add(sentence("reading {0}: its root is {1}, its tensors have {2}",
                          {file.path, file.root, root}));
  else if (const auto stored = file.reader->digests(); stored && *stored != digests)
    problems.add(sentence("reading {0}: its digests are not those of its tensors", {file.path}));
  return root;
}

// A file of ours that Python has saved again has the archive of torch.
void check_between_entries(const TrainingFile& file) {
  if (file.is_ours() && file.archive().has_our_pickle()) file.archive().check_between_entries();
}

// Digests cover the tensors, and CRCs every entry of the archive, the masks and the pickle among
// them. Opened once: a run that goes on gives the name to another file.
std::string verify_pt(const fs::path& path, ProblemList& problems) {
  TrainingFile opened(path);
  problems.attempt([&] { opened.archive().check_all_bytes(); });
  const std::size_t before = problems.count();
  if (before == 0) problems.attempt([&] { check_between_entries(opened); });
  std::string root;
  try {
    const OpenCheckpoint file = open_pt_checkpoint(std::move(opened));
    const StateDigests digests = StateCheck(*file.reader, problems).run();
    if (problems.count() == before) root = checked_root(file, digests, problems);
  } catch (const std::exception& error) {
    if (is_lack_of_memory(error)) throw;
    // It may come of what has been said.
    if (problems.count() == 0) problems.add(sentence_of(error));
  }
  return root;
}

}  // namespace

Verification verify_checkpoint(const fs::path& path) {
  std::error_code error;
  const bool is_set = fs::is_directory(path, error);
  Verification verification{.name = checkpoint_name(path)};
  ProblemList problems;
  problems.attempt([&] {
    verification.root =
        is_set ? verify_set(fs::canonical(path), problems) : verify_pt(path, problems);
  });
  verification.problems = problems.texts();
  return verification;
}

}  // namespace lockstep
