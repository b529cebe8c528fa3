// SPDX-License-Identifier: Apache-2.0
#include "store/verify_structure.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/temporary_path.h"
#include "checkpoint/hdf5_model.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr ErrorKind kKind = ErrorKind::checkpoint;

fs::path new_temporary_folder() {
  std::string pattern = (fs::temp_directory_path() / "lockstep-verify-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw Error(kKind, "making a folder like " + pattern + ": " + errno_text(errno));
  return pattern;
}

// Half-open range of bytes of a file.
struct Bytes {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

std::string read_bytes(const fs::path& file, Bytes bytes) {
  std::string text(static_cast<std::size_t>(bytes.last - bytes.first), '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(bytes.first);
  if (!stream.read(text.data(), static_cast<std::streamsize>(text.size())))
    throw Error(kKind, "reading " + file.string() + ": the file is cut short or cannot be read");
  return text;
}

void compare_bytes(const fs::path& file, const fs::path& pattern, Bytes bytes) {
  const std::string found = read_bytes(file, bytes);
  const std::string expected = read_bytes(pattern, bytes);
  const auto place = std::ranges::mismatch(found, expected).in1;
  if (place == found.end()) return;
  throw Error(kKind, "reading " + file.string() +
                         ": the HDF5 structure is not as it was written, at byte " +
                         std::to_string(bytes.first + (place - found.begin())) +
                         "; the file is damaged");
}

void compare_sizes(const fs::path& file, std::int64_t expected) {
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file));
  if (bytes != expected)
    throw Error(kKind, "reading " + file.string() + ": it has " + std::to_string(bytes) +
                           " bytes instead of " + std::to_string(expected));
}

// Where a shard has values and digests, in order.
std::vector<Bytes> value_ranges(const ShardHeader& header, const ShardPlaces& places) {
  const std::int64_t value_bytes = header.range.count() * std::int64_t{sizeof(float)};
  const std::int64_t digest_bytes =
      chunk_count(header.range.count()) * std::int64_t{sizeof(Digest128)};
  std::vector<Bytes> ranges;
  for (const StateArray array : kStateArrays) {
    ranges.push_back({places.values[array], places.values[array] + value_bytes});
    ranges.push_back({places.digests[array], places.digests[array] + digest_bytes});
  }
  std::ranges::sort(ranges, {}, &Bytes::first);
  return ranges;
}

}  // namespace

bool can_check_structure(const Manifest& manifest) {
  return std::ranges::any_of(manifest.made_by,
                             [](const auto& part) { return part.second == hdf5_version(); });
}

void check_shard_structure(const fs::path& shard, const ShardHeader& header) {
  const TemporaryPath folder(new_temporary_folder());
  const fs::path pattern = folder.path() / shard.filename();
  const ShardPlaces places = create_shard(pattern, header);
  compare_sizes(shard, places.file_bytes);
  std::int64_t first = 0;
  for (const Bytes& values : value_ranges(header, places)) {
    compare_bytes(shard, pattern, {first, std::max(first, values.first)});
    first = std::max(first, values.last);
  }
  compare_bytes(shard, pattern, {first, places.file_bytes});
}

void check_model_file(const fs::path& file, const Manifest& manifest) {
  const TemporaryPath folder(new_temporary_folder());
  const fs::path pattern = folder.path() / file.filename();
  write_model_file(pattern, manifest.layout, manifest.shards);
  const auto bytes = static_cast<std::int64_t>(fs::file_size(pattern));
  compare_sizes(file, bytes);
  compare_bytes(file, pattern, {0, bytes});
}

}  // namespace lockstep
