// SPDX-License-Identifier: Apache-2.0
#include "text/training_lines.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "text/corpus.h"
#include "text/reserved_characters.h"
#include "text/utf8.h"

namespace lockstep {
namespace {

// The same text gives the same lines, whatever the seed of the run.
constexpr std::uint64_t kSeed = 0;

// Takes one of every `stride` lines it is offered until `max_bytes` are reached. Which one is
// drawn: with a fixed place, text that alternates between two languages would give lines of one.
class LineSample {
 public:
  LineSample(std::uint64_t stride, std::size_t max_bytes)
      : stride_(stride), bytes_left_(max_bytes) {}

  void offer(std::string_view line) {
    if (line.empty()) return;
    const std::uint64_t place = offered_ % stride_;
    if (place != drawn_place(offered_++ / stride_) || line.size() > bytes_left_) return;
    bytes_left_ -= line.size();
    lines_.emplace_back(line);
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  // The first line is always taken, so that a text with few of them gives one.
  std::uint64_t drawn_place(std::uint64_t group) const {
    if (group == 0) return 0;
    return random_bits(kSeed, RandomPurpose::training_lines, /*stream=*/0, group) % stride_;
  }

  std::uint64_t stride_;
  std::size_t bytes_left_;
  std::uint64_t offered_ = 0;
  std::vector<std::string> lines_;
};

void offer_in_parts(std::string_view line, LineSample& sample) {
  while (!line.empty()) {
    const std::size_t length = complete_utf8_end(line.substr(0, kTrainingLineBytes));
    sample.offer(line.substr(0, length));
    line.remove_prefix(length);
  }
}

void offer_lines(std::string_view text, LineSample& sample) {
  while (!text.empty()) {
    const ReservedCharacter reserved = find_reserved_character(text);
    offer_in_parts(text.substr(0, reserved.offset), sample);
    text.remove_prefix(reserved.offset + reserved.length);
  }
}

}  // namespace

std::vector<std::string> training_lines(const std::vector<std::filesystem::path>& files,
                                        std::size_t max_bytes,
                                        const std::function<void()>& between_pieces) {
  const std::uint64_t stride =
      std::max<std::uint64_t>(1, (corpus_bytes(files) + max_bytes - 1) / max_bytes);
  LineSample sample(stride, max_bytes);
  CorpusReader reader(files);
  while (const std::optional<std::string_view> piece = reader.next()) {
    offer_lines(*piece, sample);
    between_pieces();
  }
  return sample.take();
}

}  // namespace lockstep
