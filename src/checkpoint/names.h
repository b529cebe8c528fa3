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

}  // namespace lockstep::names
