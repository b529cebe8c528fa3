// SPDX-License-Identifier: Apache-2.0
#include "store/save_part.h"

#include <cassert>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/all_arrays.h"
#include "checkpoint/names.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

ShardHeader header_of(const SaveOrder& order, std::int64_t shard, const StateSlice& slice) {
  return {.shard = shard,
          .shard_count = order.shard_count,
          .elements = order.content.layout.elements(),
          .range = slice.range,
          .step = order.content.state.step,
          .layout_digest = layout_digest(order.content.layout)};
}

std::vector<PtPiece> write_pt_array(const std::filesystem::path& path, const TrainingFilePlan& plan,
                                    const SharedPages& left_out, StateArray array,
                                    const StateSlice& slice) {
  SharedFile file(path, ErrorKind::checkpoint);
  TrainingFilePart part(plan, file, left_out);
  part.write(array, slice.range, slice.values[array]);
  file.finish();
  return part.pieces();
}

// The rank's ranges of the .pt file, as they are being written, without pages of several ranks.
class PtPart {
 public:
  PtPart(const SaveOrder& order, std::int64_t shard, const StateSlice& slice)
      : path_(draft_of(order) / names::kSetPt),
        plan_(order.content),
        left_out_(plan_.shared_pages(shards_of(order))) {
    assert(slice.range == shards_of(order)[as_size(shard)]);
    // One rank takes the space for all of them.
    if (shard == 0) SharedFile(path_, ErrorKind::checkpoint).reserve(plan_.file_bytes());
    running_ = start_for_all_arrays(
        [&](StateArray array) { return write_pt_array(path_, plan_, left_out_, array, slice); });
  }

  std::vector<PtPiece> pieces() {
    std::vector<PtPiece> all;
    for (const std::vector<PtPiece>& some : results_of(std::move(running_)).values)
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }

 private:
  const std::filesystem::path path_;
  const TrainingFilePlan plan_;
  const SharedPages left_out_;
  PerArray<std::future<std::vector<PtPiece>>> running_;  // the last member: it uses the others
};

}  // namespace

// The arrays of both files at the same time.
PartReport save_part(const SaveOrder& order, std::int64_t shard, const StateSlice& slice) {
  const std::filesystem::path folder = draft_of(order);
  make_directory(folder, ErrorKind::checkpoint);
  std::optional<PtPart> pt;
  if (order.has_pt) pt.emplace(order, shard, slice);
  const std::filesystem::path file = folder / names::shard_file(shard, order.shard_count);
  const StateDigests digests = write_shard(file, header_of(order, shard, slice), slice);
  return {.shard_bytes = bytes_in(file, ErrorKind::checkpoint),
          .digest = digest_of_digests(digests),
          .pieces = pt ? pt->pieces() : std::vector<PtPiece>()};
}

std::string report_to_text(const PartReport& report) {
  Json pieces = Json::array();
  for (const PtPiece& piece : report.pieces)
    pieces.push_back({piece.storage, piece.first, piece.bytes, piece.crc32});
  return Json{{"shard_bytes", report.shard_bytes}, {"digest", report.digest}, {"pieces", pieces}}
      .dump();
}

PartReport report_from_text(const std::string& text) {
  try {
    const Json object = Json::parse(text);
    PartReport report{.shard_bytes = object.at("shard_bytes").get<std::int64_t>(),
                      .digest = object.at("digest").get<std::string>(),
                      .pieces = {}};
    for (const Json& piece : object.at("pieces"))
      report.pieces.push_back({.storage = piece.at(0).get<std::int64_t>(),
                               .first = piece.at(1).get<std::int64_t>(),
                               .bytes = piece.at(2).get<std::int64_t>(),
                               .crc32 = piece.at(3).get<std::uint32_t>()});
    return report;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::checkpoint,
                sentence("reading a rank's report of a save: {0}", {error.what()}));
  }
}

}  // namespace lockstep
