// SPDX-License-Identifier: Apache-2.0
// The manifest of a checkpoint set: everything about it but the tensors. A small JSON text that
// checks itself (FORMAT.md). A set without a whole manifest is not a checkpoint.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/age.h"
#include "checkpoint/train_state.h"
#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

struct ShardRecord {
  std::string file;  // "shard_00000_of_00004.h5"
  ElementRange range;
  std::int64_t bytes = 0;  // of the file
  std::string digest;      // digest_of_digests() of its chunks
  friend bool operator==(const ShardRecord&, const ShardRecord&) = default;
};

// What a commit does to the run directory once the set is there. Kept in the manifest so that a
// commit that a crash cut short can be finished by the next start.
struct PublishOrder {
  std::vector<std::string> pt_names;  // names of the set's .pt file, latest.pt last; may be empty
  bool save_every_epoch = true;
  std::int64_t keep_last_n = 3;
  friend bool operator==(const PublishOrder&, const PublishOrder&) = default;
};

inline constexpr std::int64_t kManifestVersion = 1;

struct Manifest {
  std::string set;  // "epoch_0003", "step_00012345"
  TrainState state;
  double learning_rate = 0.0;  // at the moment of the save
  FlatLayout layout;
  std::vector<ShardRecord> shards;  // in order; together they hold every element once
  std::string root;
  std::string tokenizer_kind;
  std::string tokenizer_digest;  // digest_of() the bytes in the set's tokenizer file
  PublishOrder publish;
  std::map<std::string, std::string> made_by;  // program and library versions, for people
  std::string saved_at;                        // ISO 8601, UTC

  bool ends_an_epoch() const { return set.starts_with("epoch_"); }
  Age age() const { return {.step = state.step, .ends_an_epoch = ends_an_epoch()}; }
};

// Throws nothing; the text ends with its own digest.
std::string manifest_to_json(const Manifest& manifest);

// Throws Error(checkpoint): `subject` ("reading shards/epoch_0003/manifest.json"), then what is
// wrong: cut short, changed, of a newer version, a missing key, ranges that do not cover the
// layout.
Manifest manifest_from_json(const std::string& text, const std::string& subject);

}  // namespace lockstep
