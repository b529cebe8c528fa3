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
#include <utility>

#include "base/digest.h"
#include "base/error.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const std::byte>;

// What is looked at before somebody is asked whether to go on.
constexpr std::int64_t kPieceTokens = std::int64_t{1} << 22;

[[noreturn]] void fail_opening(const fs::path& path, const std::string& found) {
  throw Error(ErrorKind::input, "opening the token file " + path.string() + ": " + found);
}

std::int64_t size_of(const fs::path& path, int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) fail_opening(path, "fstat: " + errno_text(errno));
  return facts.st_size;
}

// The whole file, read-only; a mapping stays when its descriptor is closed. REQUIRES: `size` > 0.
Bytes map_descriptor(const fs::path& path, int descriptor, std::size_t size) {
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) fail_opening(path, "mmap: " + errno_text(errno));
  return {static_cast<const std::byte*>(address), size};
}

class Descriptor {
 public:
  explicit Descriptor(const fs::path& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number_ < 0) fail_opening(path, errno_text(errno));
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

void check_layout(const fs::path& path, const TokenFileHeader& header, std::size_t bytes) {
  if (header.version != kTokenFileVersion)
    fail_opening(path, "it has version " + std::to_string(header.version) +
                           ", this program reads version " + std::to_string(kTokenFileVersion) +
                           "; it must be made again from the text");
  const std::uint64_t room = bytes - kTokenHeaderBytes;
  const auto count = static_cast<std::uint64_t>(header.count);
  const std::uint32_t width = header.bytes_per_token;
  if ((width != 2 && width != 4) || header.vocab_size < 1 || header.count < 0 ||
      count > (std::uint64_t{1} << 60))
    fail_opening(path, "its header is damaged; it must be made again from the text");
  if (count * width != room)
    fail_opening(path, std::string(room < count * width ? "truncated" : "too long") + ": " +
                           std::to_string(bytes) + " bytes, expected " +
                           std::to_string(kTokenHeaderBytes + count * width) +
                           "; it must be made again from the text");
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

}  // namespace

TokenFile TokenFile::open(const fs::path& path) {
  const Descriptor descriptor(path);
  if (!is_token_file(path)) fail_opening(path, "it is not a token file; check --data-file");
  const std::int64_t size = size_of(path, descriptor.number());
  if (size < static_cast<std::int64_t>(kTokenHeaderBytes))
    fail_opening(path, "truncated: " + std::to_string(size) + " bytes, expected at least " +
                           std::to_string(kTokenHeaderBytes) +
                           "; it must be made again from the text");
  TokenFile file(path, {},
                 map_descriptor(path, descriptor.number(), static_cast<std::size_t>(size)));
  const std::optional<TokenFileHeader> header = header_from_bytes(file.mapping_);
  if (!header) fail_opening(path, "it was replaced while it was opened");
  check_layout(path, *header, file.mapping_.size());
  file.header_ = *header;
  return file;
}

TokenFile::TokenFile(fs::path path, TokenFileHeader header, Bytes mapping)
    : path_(std::move(path)), header_(std::move(header)), mapping_(mapping) {}

TokenFile::~TokenFile() {
  if (!mapping_.empty()) ::munmap(const_cast<std::byte*>(mapping_.data()), mapping_.size());
}

TokenFile::TokenFile(TokenFile&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::move(other.header_)),
      mapping_(std::exchange(other.mapping_, {})) {}

TokenFile& TokenFile::operator=(TokenFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(mapping_, other.mapping_);
  return *this;
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
  const auto refuse = [&](const std::string& found) {
    throw Error(ErrorKind::input,
                "verifying the token file " + tokens.path().string() + ": " + found);
  };
  StreamDigest digest;
  std::int64_t largest = -1;
  for (std::int64_t first = 0; first < tokens.count(); first += kPieceTokens) {
    const std::int64_t count = std::min(kPieceTokens, tokens.count() - first);
    digest.add(tokens.token_bytes(first, count));
    largest = std::max(largest, tokens.largest(first, count));
    between_pieces();
  }
  if (digest.hex() != tokens.digest())
    refuse("its tokens have the digest " + digest.hex() + ", expected " + tokens.digest() +
           "; it is damaged and must be made again from the text");
  if (largest >= tokens.vocab_size())
    refuse("it has the token " + std::to_string(largest) + ", and its vocabulary has " +
           std::to_string(tokens.vocab_size()) + "; it must be made again from the text");
}

}  // namespace lockstep
