// SPDX-License-Identifier: Apache-2.0
// A run that only pretends to train: its state after a step is a pure function of the step, so that
// any checkpoint can be checked bit for bit without another one to compare it with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/shard_file.h"
#include "store/open_checkpoint.h"
#include "store/save_order.h"

namespace lockstep::test {

struct PretendRun {
  std::filesystem::path directory;
  std::int64_t ranks = 1;
  std::int64_t epochs = 1;
  std::int64_t steps_per_epoch = 4;
  std::int64_t elements = 5 * kChunkElements + 81;
  std::int64_t keep_last_n = 2;
  bool has_pt = true;         // --export every, or none
  bool saves_within = false;  // also in the middle of every epoch
  double deadline_seconds = 20.0;
};

// The place of a save within the run.
struct Moment {
  std::int64_t epoch = 0;  // completed
  std::int64_t step = 0;
};

FlatLayout layout_of(const PretendRun& run);

// All elements of the array after `step`.
std::vector<float> values_after(std::int64_t step, StateArray array, std::int64_t elements);

// "epoch_0002", or "step_00000006" in the middle of an epoch.
std::string set_at(const PretendRun& run, const Moment& moment);

SaveOrder order_at(const PretendRun& run, const Moment& moment, const std::string& draft_id);

// The moments of the run that are saved and come after `step`.
std::vector<Moment> moments_after(const PretendRun& run, std::int64_t step);

// Reads every tensor, verified, and returns the root of what was read. Throws Error(checkpoint) for
// damage, and Error(internal) if the state is not that of its step.
std::string read_all_of(const OpenCheckpoint& checkpoint);

}  // namespace lockstep::test
