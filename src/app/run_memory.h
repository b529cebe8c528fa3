// SPDX-License-Identifier: Apache-2.0
// How much memory a run takes on the rank that needs the most, before it has begun. Pure.
#pragma once

#include <cstdint>

#include "config/run_config.h"

namespace lockstep {

struct RunMemory {
  std::int64_t host_bytes = 0;
  std::int64_t gpu_bytes = 0;  // 0: the run has no GPU
};

// At most 1 PiB, which stands for all that is more. REQUIRES: a config without problems, of which
// vocabulary, batch and lanes are known.
RunMemory run_memory(const RunConfig& config, int world_size);

}  // namespace lockstep
