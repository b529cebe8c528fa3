// SPDX-License-Identifier: Apache-2.0
// An HDF5 file that HDF5 writes to memory only, and that we write to disk. HDF5 itself must not
// write to a disk: when it cannot (the disk is full), it keeps a broken file open that it trips
// over when the program ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "checkpoint/hdf5_handle.h"

namespace lockstep {

struct ByteRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// Values that are never written take no memory, whatever their size.
class Hdf5Image {
 public:
  // `doing` begins the messages.
  explicit Hdf5Image(std::string doing);
  ~Hdf5Image();
  Hdf5Image(const Hdf5Image&) = delete;
  Hdf5Image& operator=(const Hdf5Image&) = delete;

  // REQUIRES: not closed yet.
  hid_t file() const { return file_->get(); }
  void close();
  // REQUIRES: closed. All handles of objects in it must be closed too.
  std::int64_t bytes() const;
  // Writes the bytes that do not lie in `left_out`, which is in ascending order. The file is as
  // long as the image afterwards. REQUIRES: closed.
  void write_to(SharedFile& file, const std::vector<ByteRange>& left_out) const;
  // Throws Error(checkpoint) naming the first byte outside of `left_out` in which the file is not
  // the image, or its size. REQUIRES: closed.
  void compare_with(const std::filesystem::path& file,
                    const std::vector<ByteRange>& left_out) const;

 private:
  // `range` of the image, in blocks, to `take`.
  void read_range(
      ByteRange range,
      const std::function<void(std::int64_t first, std::span<const std::byte>)>& take) const;
  void compare_range(std::istream& stream, const std::filesystem::path& file,
                     ByteRange range) const;
  void write_range(SharedFile& file, ByteRange range) const;

  std::string doing_;
  int memory_ = -1;
  std::optional<Hdf5File> file_;
};

}  // namespace lockstep
