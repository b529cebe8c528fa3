// SPDX-License-Identifier: Apache-2.0
// Texts: where they are cut into pieces must not be seen in what is read, nor in what is refused.
// The first byte of an input is where, the others are the text.
#include <optional>

#include "fuzz/fuzz_target.h"
#include "fuzz/memory_file.h"
#include "text/corpus.h"
#include "text/reserved_characters.h"
#include "text/training_lines.h"
#include "text/utf8.h"

namespace lockstep::test {
namespace {

constexpr std::size_t kSmallestPiece = 4;  // the longest character
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Read {
  std::string text;
  std::string refusal;  // empty: all of it was read
};

// What is read of the file, and that its pieces are as they must be.
Read read_in_pieces(const std::filesystem::path& file, std::size_t piece_bytes) {
  Read read;
  CorpusReader reader({file}, piece_bytes);
  try {
    while (const std::optional<std::string_view> piece = reader.next()) {
      must_hold(!piece->empty() && piece->size() <= piece_bytes, "a piece of a wrong size");
      must_hold(!find_invalid_utf8(*piece), "a piece that is not UTF-8");
      read.text += *piece;
    }
  } catch (const Error& error) {
    must_hold(error.kind() == ErrorKind::input, "an error of another kind");
    read.refusal = error.what();
  }
  return read;
}

// Where a byte is no part of a character, by asking for one character after the other.
std::optional<std::size_t> first_invalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && at + length <= text.size() && find_invalid_utf8(text.substr(at, length)))
      ++length;
    if (length > 4 || at + length > text.size()) return at;
    at += length;
  }
  return std::nullopt;
}

void check_characters(std::string_view text) {
  must_hold(find_invalid_utf8(text) == first_invalid(text), "another character is the invalid one");
  const std::size_t end = complete_utf8_end(text);
  must_hold(end <= text.size() && text.size() - end < 4, "too little of a text is complete");
  if (!find_invalid_utf8(text)) must_hold(end == text.size(), "a whole text is not complete");
}

void check_lines(const std::filesystem::path& file, const std::string& text) {
  std::string joined;
  for (const std::string& line : training_lines({file})) {
    must_hold(!line.empty() && line.size() <= kTrainingLineBytes, "a line of a wrong size");
    must_hold(!find_invalid_utf8(line), "a line that is not UTF-8");
    must_hold(find_reserved_character(line).length == 0, "a line with a reserved character");
    joined += line;
  }
  std::string expected;
  for (std::string_view rest = text; !rest.empty();) {
    const ReservedCharacter reserved = find_reserved_character(rest);
    expected += rest.substr(0, reserved.offset);
    rest.remove_prefix(reserved.offset + reserved.length);
  }
  must_hold(joined == expected, "lines that are not those of the text");
}

}  // namespace

std::vector<std::string> first_inputs() {
  using namespace std::string_view_literals;
  std::vector<std::string> inputs;
  for (const std::string cut : {"\x01", "\x04", "\x07"})
    for (const std::string& text :
         {std::string("one\ntwo\r\n\nthree"), std::string("a\u4eca\u5929\u6c14\nb\U0001F642\n"),
          std::string("\xEF\xBB\xBFone\xEF\xBB\xBF\n"), std::string("a\tb\0c\u2581d\u2585e"sv),
          std::string("\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80"), std::string("one\xE4\xBB"),
          std::string("a\xC0\x80\xED\xA0\x80\xF4\x90\x80\x80\xFF\n")})
      inputs.push_back(cut + text);
  return inputs;
}

void read_input(const std::string& input) {
  if (input.empty()) return;
  const std::size_t piece_bytes = kSmallestPiece + static_cast<unsigned char>(input.front()) % 64;
  const std::string bytes = input.substr(1);
  check_characters(bytes);
  const MemoryFile file(bytes);
  const Read whole = read_in_pieces(file.path(), kCorpusPieceBytes);
  const Read cut = read_in_pieces(file.path(), piece_bytes);
  must_hold(cut.refusal == whole.refusal, "pieces change what is refused: " + cut.refusal);
  if (!whole.refusal.empty()) {
    must_hold(find_invalid_utf8(bytes).has_value(), "a text in UTF-8 is refused");
    return;
  }
  const bool has_mark = bytes.starts_with(kByteOrderMark);
  must_hold(whole.text == bytes.substr(has_mark ? kByteOrderMark.size() : 0),
            "what is read is not what the file holds");
  must_hold(cut.text == whole.text, "pieces change what is read");
  check_lines(file.path(), whole.text);
}

}  // namespace lockstep::test
