// SPDX-License-Identifier: Apache-2.0
#include "base/direct_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

bool is_aligned(const std::byte* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) % kDirectAlignment == 0;
}

}  // namespace

DirectWriter::DirectWriter(const std::filesystem::path& path) {
  do {
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
  } while (descriptor_ < 0 && errno == EINTR);
}

DirectWriter::~DirectWriter() { close(); }

void DirectWriter::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::int64_t DirectWriter::write(std::int64_t offset, std::span<const std::byte> bytes) {
  if (descriptor_ < 0 || bytes.size() < kSmallestDirectWrite ||
      static_cast<std::uint64_t>(offset) % kDirectAlignment != 0)
    return 0;
  const std::span<const std::byte> piece =
      aligned(bytes.first(bytes.size() / kDirectAlignment * kDirectAlignment));
  const ssize_t count = ::pwrite(descriptor_, piece.data(), piece.size(), offset);
  if (count >= 0 || errno != EINVAL) return count;
  close();  // another alignment is wanted here, or none will do
  return 0;
}

// A first part of the bytes as the disk wants them: themselves, or a copy that the processor's
// cache holds.
std::span<const std::byte> DirectWriter::aligned(std::span<const std::byte> bytes) {
  if (is_aligned(bytes.data())) return bytes;
  if (!buffer_) buffer_ = aligned_memory<std::byte>(kBufferBytes, kDirectAlignment);
  const std::span<const std::byte> piece = bytes.first(std::min(bytes.size(), kBufferBytes));
  std::memcpy(buffer_.get(), piece.data(), piece.size());
  return {buffer_.get(), piece.size()};
}

}  // namespace lockstep
