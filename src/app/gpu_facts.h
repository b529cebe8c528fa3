// SPDX-License-Identifier: Apache-2.0
// What the GPUs of a job's ranks are to each other: whether every rank has one of its own, as NCCL
// needs, and whether all compute alike. The rules are pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/start_checks.h"
#include "comm/world.h"
#include "report/finding.h"

namespace lockstep {

// Of the GPU that one rank computes on.
struct GpuFacts {
  int host = 0;                // the first rank of its machine
  std::string address = {};    // there; NCCL connects no two parts of one chip
  std::string name = {};       // "NVIDIA H100 80GB HBM3"
  std::string precision = {};  // "bf16"
  std::string attention = {};  // "cudnn"
};

// COLLECTIVE. Those of all ranks, in rank order. The host is filled in.
std::vector<GpuFacts> gather_gpu_facts(World& world, const GpuFacts& mine);

// However few of them a rank sees: a launcher may show each rank its own alone.
bool has_each_rank_its_own(std::span<const GpuFacts> gpus);

// A warning if it has not.
std::vector<Finding> sharing_findings(std::span<const GpuFacts> gpus);

// A problem for ranks that compute in another precision than rank 0, a warning for those whose GPU
// may round otherwise. `ranks` and `gpus` in rank order.
std::vector<Finding> gpu_findings(Facts ranks, std::span<const GpuFacts> gpus);

}  // namespace lockstep
