// SPDX-License-Identifier: Apache-2.0
// Checkpoints as a trainer leaves them, without one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "export/small_run.h"
#include "store/save_part.h"

namespace lockstep::test {

// A run of 31,616 elements in two chunks at the end of an epoch; step 10 times the epoch.
SmallRun run_at_epoch(std::int64_t epoch);

// What `shards` ranks are told to save, and what one of them has of it.
SaveOrder order_for(const std::filesystem::path& directory, const SmallRun& run,
                    std::int64_t shards);
StateSlice slice_of(const SmallRun& run, ElementRange range);

// Saves it as a set of `shards` shards and its .pt files, as that many ranks would. Returns the
// set's folder.
std::filesystem::path save_run(const std::filesystem::path& directory, const SmallRun& run,
                               std::int64_t shards);

// The same where the epoch is the best, so that its .pt file is best_model.pt too.
std::filesystem::path save_best_run(const std::filesystem::path& directory, const SmallRun& run,
                                    std::int64_t shards);

// The same as a set within an epoch, which has no .pt files.
std::filesystem::path save_within_epoch(const std::filesystem::path& directory, const SmallRun& run,
                                        std::int64_t shards);

// Flips one bit in the middle of `bytes`, which must be in the file.
void flip_bit_in(const std::filesystem::path& file, const std::string& bytes);

// As they lie in a file.
std::string bytes_of(float value);

}  // namespace lockstep::test
