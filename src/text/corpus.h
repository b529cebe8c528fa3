// SPDX-License-Identifier: Apache-2.0
// The text a run is trained on: which files it consists of, and their content in pieces, so that a
// corpus may be larger than the memory. Knows nothing of tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// The flags that name texts, for what is said of one that is unusable.
inline constexpr const char* kTrainingTextFlag = "--data-file";
inline constexpr const char* kValidationTextFlag = "--val-file";

// The files behind names of files and folders, in the order of the names. A folder stands for the
// regular files in it and below it, sorted by path; names that start with a dot are skipped there.
// Links are followed, and a folder counts once, however many lead to it.
// Throws Error(input) when something is missing, unreadable or an empty folder.
std::vector<std::filesystem::path> list_text_files(const std::vector<std::string>& names,
                                                   const std::string& flag = kTrainingTextFlag);

// Changes whenever the name, size or modification time of a file does. Reads no content.
std::string corpus_fingerprint(const std::vector<std::filesystem::path>& files);

// The sizes of the files together.
std::uint64_t corpus_bytes(const std::vector<std::filesystem::path>& files);

inline constexpr std::size_t kCorpusPieceBytes = std::size_t{1} << 20;

// The text of files, one after the other. A piece never spans two files and is made of whole lines;
// a line longer than `piece_bytes` is cut between two characters. A byte order mark is left out,
// everything else (CRLF too) is kept. Holds at most one piece in memory.
class CorpusReader {
 public:
  // REQUIRES: piece_bytes >= 4.
  explicit CorpusReader(std::vector<std::filesystem::path> files,
                        std::size_t piece_bytes = kCorpusPieceBytes);

  // The next piece, at most `piece_bytes` long and never empty; it is valid until the next call.
  // Absent after the last. Throws Error(input) naming file and byte offset where text is no UTF-8.
  std::optional<std::string_view> next();

 private:
  void open_next_file();
  void fill();
  std::size_t piece_end() const;
  void check_utf8(std::string_view piece) const;
  const std::filesystem::path& file() const { return files_[next_file_ - 1]; }

  std::vector<std::filesystem::path> files_;
  std::size_t piece_bytes_;
  std::size_t next_file_ = 0;
  std::ifstream stream_;
  bool file_ended_ = true;
  std::string text_;  // read, and not yet handed out but for its first handed_ bytes
  std::size_t handed_ = 0;
  std::int64_t text_offset_ = 0;  // where text_ begins in the file, in bytes
};

}  // namespace lockstep
