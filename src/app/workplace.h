// SPDX-License-Identifier: Apache-2.0
// Where a run computes: the processors of its hosts, or a GPU for each rank and the way between
// them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/gpu_facts.h"
#include "app/start_checks.h"
#include "comm/stream_collectives.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "model/parameters.h"

namespace lockstep {

struct Workplace {
  Placement placement;
  std::vector<GpuFacts> gpus;  // of all ranks, in rank order; empty: the processors compute
  double peak_tflops = 0.0;    // of this rank's GPU; 0: not known
  std::string text;            // what people are told of it; empty: the processors
};

// COLLECTIVE. Opens the GPU of this rank, if the run has one. Throws SharedError(usage) where one
// is missing or lacks what was asked for.
Workplace find_workplace(World& world, const RunConfig& run);

// Warns of GPUs that do not compute alike; throws SharedError(usage) for those that must not be in
// one run. On every rank the same.
void check_gpus(const World& world, Facts ranks, const Workplace& workplace);

// COLLECTIVE. The way between GPUs; null where they go through host memory. Adds it to the text.
std::unique_ptr<StreamCollectives> connect_gpus(World& world, CommKind comm, Workplace& workplace);

}  // namespace lockstep
