// SPDX-License-Identifier: Apache-2.0
#include "store/verify_set.h"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/hdf5_model.h"
#include "checkpoint/hdf5_shard.h"
#include "checkpoint/manifest.h"
#include "checkpoint/names.h"
#include "checkpoint/shard_set.h"
#include "export/pt_reader.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::string reading(const fs::path& file, const std::string& found) {
  return sentence("reading {0}: {1}", {file, found});
}

// Files that another version of HDF5 wrote may have another structure.
bool can_check_structure(const Manifest& manifest) {
  return std::ranges::any_of(manifest.made_by,
                             [](const auto& part) { return part.second == hdf5_version(); });
}

// The digests of the values of one array, as they are on the disk now.
ChunkDigests digests_as_read(const ShardFile& shard, StateArray array) {
  const ElementRange range = shard.header().range;
  std::vector<float> values(static_cast<std::size_t>(std::min(kShardBlockElements, range.count())));
  ChunkDigests digests;
  for (std::int64_t first = range.first; first < range.last; first += kShardBlockElements) {
    const ElementRange block = {first, std::min(first + kShardBlockElements, range.last)};
    const auto part = std::span(values).first(static_cast<std::size_t>(block.count()));
    shard.read(array, block, part);
    const ChunkDigests found = chunk_digests(part);
    digests.insert(digests.end(), found.begin(), found.end());
  }
  return digests;
}

// One check of one set, from the manifest to the last byte.
class SetCheck {
 public:
  SetCheck(fs::path folder, Manifest manifest, ProblemList& problems)
      : folder_(std::move(folder)), manifest_(std::move(manifest)), problems_(problems) {}

  std::string run() {
    check_name();
    check_files();
    check_tokenizer();
    check_unnamed_pt();
    for (std::size_t i = 0; i < manifest_.shards.size(); ++i) {
      if (!problems_.attempt([&] { check_shard(i); })) is_complete_ = false;
    }
    return is_complete_ ? checked_root() : "";
  }

 private:
  fs::path file(const std::string& name) const { return folder_ / name; }

  // A set may be copied to a folder of any name, but not to that of another set.
  void check_name() {
    const std::string name = folder_.filename().string();
    if (names::parse_set(name) && name != manifest_.set)
      problems_.add(
          reading(file(names::kManifest), sentence("it is the manifest of {0}", {manifest_.set})));
  }

  std::set<std::string> expected_files() const {
    std::set<std::string> expected = {names::kManifest, names::kModelFile, names::kTokenizerFile};
    for (const ShardRecord& shard : manifest_.shards) expected.insert(shard.file);
    return expected;
  }

  // Shards that are missing are said when they are opened. Names with a dot before them are what
  // desktops and network file systems leave anywhere.
  void check_files() {
    const std::set<std::string> expected = expected_files();
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (expected.contains(name) || name == names::kSetPt || name == names::kUnpublished ||
          name.starts_with("."))
        continue;
      problems_.add(sentence("looking at {0}: it does not belong to the set", {entry.path()}));
    }
    if (!is_there(file(names::kModelFile), ErrorKind::checkpoint))
      problems_.add(reading(file(names::kModelFile), sentence("the file is missing")));
    else if (can_check_structure(manifest_))
      problems_.attempt(
          [&] { check_model_file(file(names::kModelFile), manifest_.layout, manifest_.shards); });
  }

  void check_tokenizer() {
    problems_.attempt([&] {
      const fs::path tokenizer = file(names::kTokenizerFile);
      if (digest_of(read_file(tokenizer, ErrorKind::checkpoint)) != manifest_.tokenizer_digest)
        throw Error(
            ErrorKind::checkpoint,
            reading(tokenizer,
                    sentence("its digest is not that of the manifest; the file is damaged")));
    });
  }

  // A set whose publication a crash cut short still has its .pt file.
  void check_unnamed_pt() {
    if (!is_there(file(names::kSetPt), ErrorKind::checkpoint)) return;
    problems_.attempt([&] { PtReader(file(names::kSetPt)).check_all_bytes(); });
  }

  void check_shard(std::size_t index) {
    const ShardRecord& record = manifest_.shards[index];
    const fs::path path = file(record.file);
    const ShardFile shard = opened(path, record);
    check_header(path, shard, index);
    if (can_check_structure(manifest_))
      problems_.attempt([&] { check_shard_structure(path, shard.header()); });
    StateDigests found;
    for (const StateArray array : kStateArrays) found[array] = digests_as_read(shard, array);
    compare_digests(path, shard, found, record);
    for (const StateArray array : kStateArrays)
      digests_[array].insert(digests_[array].end(), found[array].begin(), found[array].end());
  }

  // What cannot be opened may have been cut short. A shard that can be, of another place, has
  // another size too, and better says of which.
  static ShardFile opened(const fs::path& path, const ShardRecord& record) {
    try {
      return ShardFile(path);
    } catch (const Error&) {
      std::error_code unseen;
      if (fs::is_regular_file(path, unseen)) check_size(path, record);
      throw;
    }
  }

  static void check_size(const fs::path& path, const ShardRecord& record) {
    const std::int64_t bytes = bytes_in(path, ErrorKind::checkpoint);
    if (bytes != record.bytes)
      throw Error(ErrorKind::checkpoint,
                  reading(path, sentence("it has {0} bytes, the manifest says {1}",
                                         {bytes, record.bytes})));
  }

  void check_header(const fs::path& path, const ShardFile& shard, std::size_t index) const {
    compare_headers(path, shard.header(), expected_header(manifest_, index));
    check_size(path, manifest_.shards[index]);
  }

  // The values are held against the manifest first: where they are right and the digests beside
  // them are not, only those are damaged.
  void compare_digests(const fs::path& path, const ShardFile& shard, const StateDigests& found,
                       const ShardRecord& record) {
    const bool values_are_whole = digest_of_digests(found) == record.digest;
    if (values_are_whole && found == shard.digests()) return;
    if (values_are_whole)
      return problems_.add(
          reading(path, sentence("its digests are damaged; its values are whole")));
    const std::size_t before = problems_.count();
    for (const StateArray array : kStateArrays)
      name_wrong_chunks(path, array, found[array], shard.digests()[array],
                        record.range.first / kChunkElements);
    if (problems_.count() == before)
      problems_.add(reading(path, sentence("it is not the shard that the manifest names, though "
                                           "whole in itself; the file is of another checkpoint")));
  }

  void name_wrong_chunks(const fs::path& path, StateArray array, const ChunkDigests& found,
                         const ChunkDigests& expected, std::int64_t chunks_before) {
    for (std::size_t first = 0; first < found.size(); ++first) {
      if (found[first] == expected[first]) continue;
      std::size_t last = first;
      while (last + 1 < found.size() && found[last + 1] != expected[last + 1]) ++last;
      const auto offset = static_cast<std::int64_t>(first);
      const std::int64_t bad = static_cast<std::int64_t>(last) - offset;
      const std::int64_t chunk = chunks_before + offset;
      problems_.add(reading(path, chunks_text(array, chunk, chunk + bad)));
      first = last;
    }
  }

  std::string chunks_text(StateArray array, std::int64_t first, std::int64_t last) const {
    const std::string tensors = tensors_in_chunk(manifest_.layout, first);
    if (first == last)
      return sentence("the chunk {0} of {1} ({2}) does not match its digest; the file is damaged",
                      {first, name_of(array), tensors});
    return sentence(
        "the chunks {0} to {1} of {2} ({3} to {4}) do not match their digests; the file is damaged",
        {first, last, name_of(array), tensors, tensors_in_chunk(manifest_.layout, last)});
  }

  std::string checked_root() {
    std::string root = state_root(manifest_.layout, digests_);
    if (problems_.count() == 0 && root != manifest_.root)
      problems_.add(
          reading(file(names::kManifest),
                  sentence("the root is {0}, the tensors have {1}", {manifest_.root, root})));
    return root;
  }

  fs::path folder_;
  Manifest manifest_;
  ProblemList& problems_;
  StateDigests digests_;
  bool is_complete_ = true;
};

}  // namespace

std::string verify_set(const fs::path& folder, ProblemList& problems) {
  std::optional<Manifest> manifest;
  const fs::path file = folder / names::kManifest;
  problems.attempt([&] {
    manifest =
        manifest_from_json(read_file(file, ErrorKind::checkpoint), sentence("reading {0}", {file}));
  });
  if (!manifest) return "";
  return SetCheck(folder, std::move(*manifest), problems).run();
}

}  // namespace lockstep
