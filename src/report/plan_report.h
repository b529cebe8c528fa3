// SPDX-License-Identifier: Apache-2.0
// What `trainer --dry-run` prints: the resolved configuration, and what the run would do and need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/start_report.h"
#include "report/words.h"

namespace lockstep {

struct RunPlan {
  std::string config_json = {};  // printed as it is
  std::string model_name = {};
  std::int64_t parameters = 0;
  std::int64_t train_tokens = 0;
  std::int64_t validation_tokens = 0;
  std::int64_t train_windows = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t total_steps = 0;  // of the whole run
  StartPoint start = {};
  std::int64_t lanes = 0;
  std::int64_t ranks = 0;
  bool tokens_are_estimated = false;  // and with them windows and steps
  std::int64_t checkpoint_bytes = 0;
  std::int64_t memory_bytes_per_rank = 0;
  std::int64_t gpu_bytes_per_rank = 0;               // 0: no GPU
  std::optional<std::int64_t> free_disk_bytes = {};  // absent where the file system does not say
  int idle_ranks = 0;
  std::string tokens_note = {};  // where the token counts come from; may be empty
};

std::string plan_report(const Words& words, const RunPlan& plan);

}  // namespace lockstep
