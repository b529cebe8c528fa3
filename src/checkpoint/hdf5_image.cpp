// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_image.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "base/sentence.h"

namespace lockstep {
namespace {

// Large values begin at a page of the file.
constexpr hsize_t kAlignment = 4096;
// So many attributes stay in the header of their object, where a checksum guards them.
constexpr unsigned kAttributesInHeader = 32;

Hdf5Properties access_properties(const std::string& doing) {
  Hdf5Properties access(H5Pcreate(H5P_FILE_ACCESS), doing);
  // The default driver insists on a name that is no link, and memory has no other.
  hdf5_check(H5Pset_fapl_stdio(access.get()), doing);
  // Not older: only since then has everything a checksum. Not newer: the tools of 1.10 read it.
  hdf5_check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V110), doing);
  hdf5_check(H5Pset_alignment(access.get(), kAlignment, kAlignment), doing);
  return access;
}

Hdf5File create_in(int memory, const std::string& doing) {
  const Hdf5Properties access = access_properties(doing);
  const Hdf5Properties create = timeless_properties(H5P_FILE_CREATE, doing);
  hdf5_check(H5Pset_attr_phase_change(create.get(), kAttributesInHeader, 0), doing);
  const std::string name = "/proc/self/fd/" + std::to_string(memory);
  return {H5Fcreate(name.c_str(), H5F_ACC_TRUNC, create.get(), access.get()), doing};
}

}  // namespace

Hdf5Image::Hdf5Image(std::string doing) : doing_(std::move(doing)) {
  prepare_hdf5();
  memory_ = ::memfd_create("lockstep-hdf5", MFD_CLOEXEC);
  if (memory_ < 0)
    throw Error(ErrorKind::checkpoint, doing_ + ": memfd_create: " + errno_text(errno));
  try {
    file_.emplace(create_in(memory_, doing_));
  } catch (...) {
    ::close(memory_);
    throw;
  }
}

Hdf5Image::~Hdf5Image() {
  file_.reset();
  ::close(memory_);
}

void Hdf5Image::close() {
  // HDF5 would not say why memory cannot be so large.
  hsize_t size = 0;
  hdf5_check(H5Fget_filesize(file(), &size), doing_);
  if (::ftruncate(memory_, static_cast<off_t>(size)) != 0)
    throw Error(ErrorKind::checkpoint, doing_ + ": ftruncate: " + errno_text(errno));
  file_->close(doing_);
  file_.reset();
}

std::int64_t Hdf5Image::bytes() const {
  struct ::stat status = {};
  if (::fstat(memory_, &status) != 0)
    throw Error(ErrorKind::checkpoint, doing_ + ": fstat: " + errno_text(errno));
  return status.st_size;
}

void Hdf5Image::write_to(SharedFile& file, const std::vector<ByteRange>& left_out) const {
  const std::int64_t end = bytes();
  std::int64_t first = 0;
  for (const ByteRange& range : left_out) {
    write_range(file, {first, range.first});
    first = range.last;
  }
  // The last byte is written even where it is left out: it makes the file as long as it says it is.
  write_range(file, {std::min(first, end - 1), end});
}

void Hdf5Image::write_range(SharedFile& file, ByteRange range) const {
  read_range(range, [&](std::int64_t first, std::span<const std::byte> block) {
    file.write_at(first, block);
  });
}

void Hdf5Image::read_range(
    ByteRange range,
    const std::function<void(std::int64_t first, std::span<const std::byte>)>& take) const {
  std::array<std::byte, kAlignment> block{};
  while (range.first < range.last) {
    const auto wanted = std::min<std::int64_t>(range.last - range.first, block.size());
    const std::ptrdiff_t count =
        read_at(memory_, range.first, std::span(block).first(static_cast<std::size_t>(wanted)));
    if (count <= 0) throw Error(ErrorKind::checkpoint, doing_ + ": pread: " + errno_text(errno));
    take(range.first, std::span(block).first(static_cast<std::size_t>(count)));
    range.first += count;
  }
}

void Hdf5Image::compare_with(const std::filesystem::path& file,
                             const std::vector<ByteRange>& left_out) const {
  const std::int64_t found = bytes_in(file, ErrorKind::checkpoint);
  if (found != bytes())
    throw Error(ErrorKind::checkpoint,
                sentence("reading {0}: it has {1} bytes instead of {2}", {file, found, bytes()}));
  std::ifstream stream(file, std::ios::binary);
  std::int64_t first = 0;
  for (const ByteRange& range : left_out) {
    compare_range(stream, file, {first, range.first});
    first = range.last;
  }
  compare_range(stream, file, {first, found});
}

void Hdf5Image::compare_range(std::istream& stream, const std::filesystem::path& file,
                              ByteRange range) const {
  std::array<std::byte, kAlignment> found{};
  stream.seekg(range.first);
  read_range(range, [&](std::int64_t first, std::span<const std::byte> expected) {
    if (!stream.read(reinterpret_cast<char*>(found.data()), std::ssize(expected)))
      throw Error(ErrorKind::checkpoint,
                  sentence("reading {0}: the file is cut short or cannot be read", {file}));
    const auto place = std::ranges::mismatch(expected, found).in1;
    if (place == expected.end()) return;
    throw Error(ErrorKind::checkpoint,
                sentence("reading {0}: the HDF5 structure is not as it was written, at byte {1}; "
                         "the file is damaged",
                         {file, first + (place - expected.begin())}));
  });
}

}  // namespace lockstep
