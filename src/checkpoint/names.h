// SPDX-License-Identifier: Apache-2.0
// Every file name in a checkpoint directory, built and parsed. A name that is not exactly one of
// these belongs to somebody else and is never touched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::names {

inline constexpr const char* kBest = "best_model.pt";
inline constexpr const char* kLatest = "latest.pt";
inline constexpr const char* kMain = "model.pt";
inline constexpr const char* kHistory = "training_history.json";
// The folder of the prepared text, and the token files in it.
inline constexpr const char* kText = "text";
inline constexpr const char* kTrainTokens = "train.tokens";
inline constexpr const char* kValidationTokens = "validation.tokens";

// "model_epoch_3.pt"
std::string epoch_file(std::int64_t epoch);
// The epoch of a name that epoch_file() gives; absent for every other name, "model_epoch_03.pt" and
// "model_epoch_3.pt.backup" among them.
std::optional<std::int64_t> parse_epoch_file(std::string_view name);

// The folder of the checkpoint sets, and the links in it.
inline constexpr const char* kShards = "shards";
inline constexpr const char* kLatestSet = "latest";
inline constexpr const char* kBestSet = "best";
// In the same folder: whose the directory is.
inline constexpr const char* kOwner = "owner.json";
// In the folder of a set.
inline constexpr const char* kManifest = "manifest.json";
inline constexpr const char* kModelFile = "model.h5";
inline constexpr const char* kTokenizerFile = "tokenizer.model";
// An empty file in a set whose publication is not done yet, or was cut short.
inline constexpr const char* kUnpublished = "unpublished";
// The .pt file of a set that has not got its other names yet; afterwards it is gone from the set.
inline constexpr const char* kSetPt = "model.pt";

// "epoch_0003" and "step_00012345": the set at the end of an epoch, and after a step within one.
std::string epoch_set(std::int64_t epoch);
std::string step_set(std::int64_t step);
struct SetName {
  bool ends_an_epoch = true;
  std::int64_t number = 0;  // the epoch, or the step
  friend bool operator==(const SetName&, const SetName&) = default;
};
// Absent for every name that the two above do not give.
std::optional<SetName> parse_set(std::string_view name);

// "shard_00000_of_00004.h5"
std::string shard_file(std::int64_t shard, std::int64_t shard_count);

// A set that is not, or no longer, a checkpoint: "epoch_0003.draft-0a1b2c3d" is being written,
// ".trash-" is being removed, ".replaced-" made room for another of its name.
enum class SetMark { draft, trash, replaced };
std::string marked_set(const std::string& set, SetMark mark, std::string_view id);
struct MarkedSet {
  std::string set;
  SetMark mark = SetMark::draft;
  friend bool operator==(const MarkedSet&, const MarkedSet&) = default;
};
std::optional<MarkedSet> parse_marked_set(std::string_view name);

}  // namespace lockstep::names
