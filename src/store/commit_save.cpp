// SPDX-License-Identifier: Apache-2.0
#include "store/commit_save.h"

#include <chrono>
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/directory.h"
#include "checkpoint/hdf5_model.h"
#include "checkpoint/names.h"
#include "checkpoint/shard_file.h"
#include "checkpoint/shard_set.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

// What the shards hold, as this rank reads it back from the disk.
struct WrittenShards {
  std::vector<ShardRecord> records;
  StateDigests digests;
};

void append(const ChunkDigests& more, ChunkDigests& digests) {
  digests.insert(digests.end(), more.begin(), more.end());
}

WrittenShards read_back(const SaveOrder& order, const std::vector<PartReport>& reports) {
  WrittenShards written;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const std::string name = names::shard_file(static_cast<std::int64_t>(i), order.shard_count);
    const fs::path path = draft_of(order) / name;
    const ShardFile shard(path);
    const std::string digest = digest_of_digests(shard.digests());
    if (digest != reports[i].digest || shard.bytes() != reports[i].shard_bytes)
      throw Error(
          ErrorKind::checkpoint,
          sentence("reading back {0}: it has {1} bytes of digest {2}, its rank wrote {3} of {4}",
                   {path, shard.bytes(), digest, reports[i].shard_bytes, reports[i].digest}));
    written.records.push_back(
        {.file = name, .range = shard.header().range, .bytes = shard.bytes(), .digest = digest});
    for (const StateArray array : kStateArrays)
      append(shard.digests()[array], written.digests[array]);
  }
  return written;
}

void finish_pt(const SaveOrder& order, const std::vector<PartReport>& reports,
               const StateDigests& digests, const Manifest& manifest) {
  const TrainingFilePlan plan(order.content);
  const SharedPages pages = plan.shared_pages(shards_of(order));
  std::vector<PtPiece> pieces;
  for (const PartReport& report : reports)
    pieces.insert(pieces.end(), report.pieces.begin(), report.pieces.end());
  SharedFile file(draft_of(order) / names::kSetPt, ErrorKind::checkpoint);
  if (!pages.is_empty()) write_shared_pages(plan, file, pages, ShardSet(draft_of(order), manifest));
  finish_training_file(plan, file, std::move(pieces), digests, manifest.root);
  file.finish();
}

void write_small_files(const SaveOrder& order, const Manifest& manifest) {
  const fs::path folder = draft_of(order);
  write_model_file(folder / names::kModelFile, manifest.layout, manifest.shards);
  sync_file(folder / names::kModelFile, ErrorKind::checkpoint);
  write_durably(folder / names::kTokenizerFile, order.content.tokenizer.serialized,
                ErrorKind::checkpoint);
  write_durably(folder / names::kManifest, manifest_to_json(manifest), ErrorKind::checkpoint);
}

Manifest manifest_of(const SaveOrder& order, WrittenShards written) {
  return {.set = order.set,
          .state = order.content.state,
          .learning_rate = order.learning_rate,
          .layout = order.content.layout,
          .shards = std::move(written.records),
          .root = state_root(order.content.layout, written.digests),
          .tokenizer_kind = order.content.tokenizer.kind,
          .tokenizer_digest = digest_of(order.content.tokenizer.serialized),
          .publish = order.publish,
          .made_by = order.made_by,
          .saved_at = utc_now()};
}

}  // namespace

Manifest complete_draft(const SaveOrder& order, const std::vector<PartReport>& reports) {
  WrittenShards written = read_back(order, reports);
  const StateDigests digests = written.digests;
  Manifest manifest = manifest_of(order, std::move(written));
  if (order.has_pt) finish_pt(order, reports, digests, manifest);
  write_small_files(order, manifest);
  return manifest;
}

void commit_draft(const SaveOrder& order) {
  CheckpointDirectory(order.directory).commit(draft_of(order), order.set);
}

Manifest commit_save(const SaveOrder& order, const std::vector<PartReport>& reports) {
  Manifest manifest = complete_draft(order, reports);
  commit_draft(order);
  return manifest;
}

PublishedSave publish_save(const SaveOrder& order, const Manifest& manifest) {
  return CheckpointDirectory(order.directory)
      .publish(manifest, order.old_best_loss, order.given_up);
}

void abandon_save(const SaveOrder& order) {
  try {
    CheckpointDirectory(order.directory).abandon(draft_of(order));
  } catch (const std::exception& error) {
    log_warning(sentence_of(error));
  }
}

}  // namespace lockstep
