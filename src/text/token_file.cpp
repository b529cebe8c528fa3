// SPDX-License-Identifier: Apache-2.0
#include "text/token_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::byte>;

// What is looked at before somebody is asked whether to go on.
constexpr std::int64_t kPieceTokens = std::int64_t{1} << 22;

[[noreturn]] void fail_opening(const fs::path& path, const std::string& found) {
  throw Error(ErrorKind::input, sentence("opening the token file {0}: {1}", {path, found}));
}

// Closed when nobody has it any more.
std::shared_ptr<const int> open_descriptor(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_opening(path, errno_text(errno));
  return {new int(descriptor), [](const int* opened) {
            ::close(*opened);
            delete opened;
          }};
}

struct FileState {
  std::int64_t bytes = 0;
  std::chrono::nanoseconds written{};
};

// Absent for what is gone, as on a network file system it may be while it is open.
std::optional<FileState> state_of(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return std::nullopt;
  return FileState{.bytes = facts.st_size,
                   .written = std::chrono::seconds(facts.st_mtim.tv_sec) +
                              std::chrono::nanoseconds(facts.st_mtim.tv_nsec)};
}

// The whole file, read-only. REQUIRES: `size` > 0.
Bytes map_descriptor(const fs::path& path, int descriptor, std::size_t size) {
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) fail_opening(path, "mmap: " + errno_text(errno));
  return {static_cast<const std::byte*>(address), size};
}

void check_layout(const fs::path& path, const TokenFileHeader& header, std::size_t bytes) {
  if (header.version != kTokenFileVersion)
    fail_opening(path, sentence("it has version {0}, this program reads version {1}; it must be "
                                "made again from the text",
                                {header.version, kTokenFileVersion}));
  const auto count = static_cast<std::uint64_t>(header.count);
  const std::uint32_t width = header.bytes_per_token;
  if ((width != 2 && width != 4) || header.vocab_size < 1 || header.count < 0 ||
      count > (std::uint64_t{1} << 60))
    fail_opening(path, sentence("its header is damaged; it must be made again from the text"));
  const std::uint64_t expected = kTokenHeaderBytes + count * width;
  if (bytes < expected)
    fail_opening(path, sentence("truncated: {0} bytes, expected {1}; it must be made again from "
                                "the text",
                                {bytes, expected}));
  if (bytes > expected)
    fail_opening(path, sentence("too long: {0} bytes, expected {1}; it must be made again from "
                                "the text",
                                {bytes, expected}));
}

// The header before them is a multiple of their size, and a mapping begins at a page.
template <class Stored>
std::span<const Stored> tokens_in(Bytes bytes) {
  return {reinterpret_cast<const Stored*>(bytes.data()), bytes.size() / sizeof(Stored)};
}

template <class Stored>
std::int64_t largest_in(Bytes bytes) {
  Stored largest = 0;
  for (const Stored token : tokens_in<Stored>(bytes)) largest = std::max(largest, token);
  return std::int64_t{largest};
}

template <class Read>
void each_piece(const TokenFile& tokens, const Read& read) {
  for (std::int64_t first = 0; first < tokens.count(); first += kPieceTokens) {
    tokens.now_written();
    read(first, std::min(kPieceTokens, tokens.count() - first));
  }
}

}  // namespace

std::string how_to_keep_tokens() {
  return sentence(
      "write new tokens to a file of another name, put these back, and go on with --resume");
}

TokenFile TokenFile::open(const fs::path& path) {
  TokenFile file(path);
  if (!is_token_file(path))
    fail_opening(path, sentence("it is not a token file; check --data-file"));
  const std::optional<FileState> state = state_of(*file.descriptor_);
  if (!state) fail_opening(path, "fstat: " + errno_text(errno));
  if (state->bytes < static_cast<std::int64_t>(kTokenHeaderBytes))
    fail_opening(path, sentence("truncated: {0} bytes, expected at least {1}; it must be made "
                                "again from the text",
                                {state->bytes, kTokenHeaderBytes}));
  file.unchanged_ = state->written;
  file.mapping_ = map_descriptor(path, *file.descriptor_, static_cast<std::size_t>(state->bytes));
  const std::optional<TokenFileHeader> header = header_from_bytes(file.mapping_);
  if (!header) fail_opening(path, sentence("it was replaced while it was opened"));
  check_layout(path, *header, file.mapping_.size());
  file.header_ = *header;
  return file;
}

TokenFile::TokenFile(fs::path path) : path_(std::move(path)), descriptor_(open_descriptor(path_)) {}

TokenFile::~TokenFile() {
  if (!mapping_.empty()) ::munmap(const_cast<std::byte*>(mapping_.data()), mapping_.size());
}

TokenFile::TokenFile(TokenFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::move(other.descriptor_)),
      unchanged_(other.unchanged_.load()),
      mapping_(std::exchange(other.mapping_, {})),
      header_(std::move(other.header_)) {}

TokenFile& TokenFile::operator=(TokenFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  other.unchanged_ = unchanged_.exchange(other.unchanged_);
  std::swap(mapping_, other.mapping_);
  std::swap(header_, other.header_);
  return *this;
}

TokenFile::Written TokenFile::when_written() const {
  return [path = path_, descriptor = descriptor_,
          bytes = static_cast<std::int64_t>(mapping_.size())] {
    const std::optional<FileState> state = state_of(*descriptor);
    if (state && state->bytes >= bytes) return state->written;
    if (!state)
      throw Error(
          ErrorKind::input,
          sentence("reading the token file {0}: it had {1} bytes when it was opened, and is "
                   "gone now; {2}",
                   {path, bytes, how_to_keep_tokens()}));
    throw Error(ErrorKind::input,
                sentence("reading the token file {0}: it had {1} bytes when it was opened, and has "
                         "{2} now; {3}",
                         {path, bytes, state->bytes, how_to_keep_tokens()}));
  };
}

Bytes TokenFile::token_bytes(std::int64_t first, std::int64_t count) const {
  assert(first >= 0 && count >= 0 && first <= header_.count && count <= header_.count - first);
  const std::size_t width = header_.bytes_per_token;
  return mapping_.subspan(kTokenHeaderBytes + static_cast<std::size_t>(first) * width,
                          static_cast<std::size_t>(count) * width);
}

void TokenFile::copy(std::int64_t first, std::int64_t count, std::int64_t* destination) const {
  const Bytes bytes = token_bytes(first, count);
  if (header_.bytes_per_token == 2)
    std::ranges::copy(tokens_in<std::uint16_t>(bytes), destination);
  else
    std::ranges::copy(tokens_in<std::uint32_t>(bytes), destination);
}

std::int64_t TokenFile::largest(std::int64_t first, std::int64_t count) const {
  const Bytes bytes = token_bytes(first, count);
  return header_.bytes_per_token == 2 ? largest_in<std::uint16_t>(bytes)
                                      : largest_in<std::uint32_t>(bytes);
}

bool is_token_file(const fs::path& path) {
  // Whoever opens a named pipe waits for its other end.
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::ifstream stream(path, std::ios::binary);
  std::array<char, kTokenMagic.size()> start{};
  return stream.read(start.data(), start.size()) && start == kTokenMagic;
}

void verify_tokens(const TokenFile& tokens, const std::function<void()>& between_pieces) {
  StreamDigest digest;
  std::int64_t largest = -1;
  each_piece(tokens, [&](std::int64_t first, std::int64_t count) {
    digest.add(tokens.token_bytes(first, count));
    largest = std::max(largest, tokens.largest(first, count));
    between_pieces();
  });
  if (digest.hex() != tokens.digest())
    throw Error(ErrorKind::input,
                sentence("verifying the token file {0}: its tokens have the digest {1}, expected "
                         "{2}; it is damaged and must be made again from the text",
                         {tokens.path(), digest.hex(), tokens.digest()}));
  if (largest >= tokens.vocab_size())
    throw Error(ErrorKind::input,
                sentence("verifying the token file {0}: it has the token {1}, and its vocabulary "
                         "has {2}; it must be made again from the text",
                         {tokens.path(), largest, tokens.vocab_size()}));
}

std::string digest_now(const TokenFile& tokens) {
  StreamDigest digest;
  each_piece(tokens, [&](std::int64_t first, std::int64_t count) {
    digest.add(tokens.token_bytes(first, count));
  });
  return digest.hex();
}

}  // namespace lockstep
