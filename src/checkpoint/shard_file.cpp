// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/all_arrays.h"

namespace lockstep {
namespace {

ElementRange block_at(std::int64_t first, ElementRange range) {
  return {first, std::min(first + kShardBlockElements, range.last)};
}

std::span<const float> part_of(std::span<const float> values, ElementRange whole,
                               ElementRange part) {
  return values.subspan(static_cast<std::size_t>(part.first - whole.first),
                        static_cast<std::size_t>(part.count()));
}

std::int64_t value_bytes(std::int64_t elements) { return elements * std::int64_t{sizeof(float)}; }

// One pass over the memory: every block is hashed and written while it is in the cache.
ChunkDigests write_values(SharedFile& file, std::int64_t place, StateArray array,
                          const StateSlice& slice) {
  ChunkDigests digests;
  for (std::int64_t first = slice.range.first; first < slice.range.last;
       first += kShardBlockElements) {
    const ElementRange block = block_at(first, slice.range);
    const std::span<const float> values = part_of(slice.values[array], slice.range, block);
    const ChunkDigests found = chunk_digests(values);
    digests.insert(digests.end(), found.begin(), found.end());
    file.write_at(place + value_bytes(first - slice.range.first), std::as_bytes(values));
  }
  return digests;
}

StateDigests write_all(const std::filesystem::path& path, const ShardPlaces& places,
                       const StateSlice& slice) {
  return results_of(start_for_all_arrays([&](StateArray array) {
    SharedFile file(path, ErrorKind::checkpoint);
    ChunkDigests digests = write_values(file, places.values[array], array, slice);
    file.write_at(places.digests[array], std::as_bytes(std::span(digests)));
    file.finish();
    return digests;
  }));
}

}  // namespace

StateDigests write_shard(const std::filesystem::path& path, const ShardHeader& header,
                         const StateSlice& slice) {
  assert(slice.range == header.range);
  assert(std::ranges::all_of(slice.values.values, [&](const std::span<const float>& values) {
    return std::ssize(values) == slice.range.count();
  }));
  const ShardPlaces places = create_shard(path, header);
  SharedFile(path, ErrorKind::checkpoint).reserve(places.file_bytes);
  StateDigests digests = write_all(path, places, slice);
  const ShardStructure found = read_shard_structure(path);
  if (found.header != header || found.places != places)
    throw Error(ErrorKind::checkpoint,
                sentence("reading back {0}: it is not what was written a moment ago", {path}));
  return digests;
}

struct ShardFile::Open {
  explicit Open(std::filesystem::path file);
  ~Open() { ::close(descriptor); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  [[noreturn]] void fail(const std::string& found) const {
    throw Error(ErrorKind::checkpoint, sentence("reading {0}", {path}) + ": " + found);
  }
  void read_at(std::int64_t place, std::span<std::byte> bytes) const;
  ChunkDigests read_digests(StateArray array) const;

  std::filesystem::path path;
  ShardStructure structure;
  StateDigests digests;
  int descriptor = -1;
};

ShardFile::Open::Open(std::filesystem::path file)
    : path(std::move(file)), structure(read_shard_structure(path)) {
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) fail("open: " + errno_text(errno));
}

void ShardFile::Open::read_at(std::int64_t place, std::span<std::byte> bytes) const {
  const std::ptrdiff_t count = lockstep::read_at(descriptor, place, bytes);
  if (count < 0) fail("read: " + errno_text(errno));
  if (count < std::ssize(bytes))
    fail(sentence("the file is cut short at byte {0}", {place + count}));
}

ChunkDigests ShardFile::Open::read_digests(StateArray array) const {
  ChunkDigests found(static_cast<std::size_t>(chunk_count(structure.header.range.count())));
  read_at(structure.places.digests[array], std::as_writable_bytes(std::span(found)));
  return found;
}

ShardFile::ShardFile(const std::filesystem::path& path) : open_(std::make_unique<Open>(path)) {
  for (const StateArray array : kStateArrays) open_->digests[array] = open_->read_digests(array);
}

ShardFile::~ShardFile() = default;
ShardFile::ShardFile(ShardFile&&) noexcept = default;

const ShardHeader& ShardFile::header() const { return open_->structure.header; }

std::int64_t ShardFile::bytes() const { return open_->structure.places.file_bytes; }

const StateDigests& ShardFile::digests() const { return open_->digests; }

void ShardFile::read(StateArray array, ElementRange range, std::span<float> destination) const {
  const ElementRange own = header().range;
  assert(own.first <= range.first && range.first <= range.last && range.last <= own.last);
  assert(std::ssize(destination) == range.count());
  open_->read_at(open_->structure.places.values[array] + value_bytes(range.first - own.first),
                 std::as_writable_bytes(destination));
}

}  // namespace lockstep
