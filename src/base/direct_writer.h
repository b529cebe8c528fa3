// SPDX-License-Identifier: Apache-2.0
// Writes a file past the system's page cache (O_DIRECT): the disk reads the bytes where they lie.
// Beside a program that computes, that takes a tenth of the processor's time. For large writes;
// what is small or not aligned is left to an ordinary write, which the two may be mixed with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/aligned_memory.h"

namespace lockstep {

// Memory that a disk can read from as it lies begins at a multiple of this, as does the place in
// the file.
inline constexpr std::size_t kDirectAlignment = 4096;
// For less the disk's latency costs more than it spares the processor.
inline constexpr std::size_t kSmallestDirectWrite = 64 << 10;

class DirectWriter {
 public:
  // The file must exist. Where the file system has no such writes, nothing is written.
  explicit DirectWriter(const std::filesystem::path& path);
  ~DirectWriter();
  DirectWriter(const DirectWriter&) = delete;
  DirectWriter& operator=(const DirectWriter&) = delete;

  // Whether it is of use here.
  bool is_open() const { return descriptor_ >= 0; }

  // Writes a first part of `bytes` at `offset`, and returns how many bytes that was: 0 if these are
  // none for this way. -1 with errno if the disk refused them.
  std::int64_t write(std::int64_t offset, std::span<const std::byte> bytes);

 private:
  void close();
  std::span<const std::byte> aligned(std::span<const std::byte> bytes);

  int descriptor_ = -1;
  AlignedMemory<std::byte> buffer_;  // for bytes that do not lie as the disk wants them
};

}  // namespace lockstep
