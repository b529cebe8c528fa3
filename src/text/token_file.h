// SPDX-License-Identifier: Apache-2.0
// A corpus as token ids in a file (FORMAT.md), mapped into memory: ranks of one machine share its
// pages, and it may be larger than the memory.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "text/token_file_header.h"

namespace lockstep {

// The remedy where somebody has changed a file that a run reads.
std::string how_to_keep_tokens();

// THREADS: const functions may be called from several threads at once.
class TokenFile {
 public:
  // Throws Error(input) when the file is missing, no token file, of another version or truncated.
  // The tokens themselves are not read: see verify_tokens().
  static TokenFile open(const std::filesystem::path& path);
  ~TokenFile();
  TokenFile(TokenFile&& other) noexcept;
  TokenFile& operator=(TokenFile&& other) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const TokenFileHeader& header() const { return header_; }
  std::int64_t count() const { return header_.count; }
  std::int64_t vocab_size() const { return header_.vocab_size; }
  // Names the tokens: two files with one digest hold the same ones.
  const std::string& digest() const { return header_.digest; }
  const std::string& tokenizer_fingerprint() const { return header_.tokenizer_fingerprint; }
  const std::string& source_fingerprint() const { return header_.source_fingerprint; }

  // Says when the file was written to last, whatever has its name by then. Throws Error(input) if
  // it is shorter than it was: the system ends a process, by SIGBUS, that reads where nothing is
  // any more.
  using Written = std::function<std::chrono::nanoseconds()>;
  // One that can be called also when the TokenFile is gone.
  Written when_written() const;
  std::chrono::nanoseconds now_written() const { return when_written()(); }
  // The last of these times at which it had the tokens it was opened with, as far as it was looked
  // at (UnchangedTokens).
  std::chrono::nanoseconds unchanged_when_written() const { return unchanged_; }
  void found_unchanged(std::chrono::nanoseconds written) const { unchanged_ = written; }

  // REQUIRES of all that follow: 0 <= first, 0 <= count, first + count <= this->count().
  void copy(std::int64_t first, std::int64_t count, std::int64_t* destination) const;
  // The largest of these tokens; 0 of none.
  std::int64_t largest(std::int64_t first, std::int64_t count) const;

  // The whole file, and some of its tokens, as they lie there.
  std::span<const std::byte> bytes() const { return mapping_; }
  std::span<const std::byte> token_bytes(std::int64_t first, std::int64_t count) const;

 private:
  explicit TokenFile(std::filesystem::path path);

  std::filesystem::path path_;
  std::shared_ptr<const int> descriptor_;  // none when moved from
  mutable std::atomic<std::chrono::nanoseconds> unchanged_{};
  std::span<const std::byte> mapping_;  // the whole file; empty when moved from
  TokenFileHeader header_;
};

// Whether the file exists and begins like a token file.
bool is_token_file(const std::filesystem::path& path);

// Reads all tokens; throws Error(input) when they are not the ones that were written, or when one
// is not in the vocabulary. `between_pieces` is called after every few megabytes, and may throw to
// end it.
void verify_tokens(
    const TokenFile& tokens, const std::function<void()>& between_pieces = [] {});

// Of all tokens as they are now; digest() is of those that were written.
std::string digest_now(const TokenFile& tokens);

}  // namespace lockstep
