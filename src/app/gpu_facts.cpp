// SPDX-License-Identifier: Apache-2.0
#include "app/gpu_facts.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/sentence.h"

namespace lockstep {
namespace {

using Ranks = std::vector<int>;

Ranks ranks_where(std::span<const GpuFacts> gpus, const std::function<bool(const GpuFacts&)>& is) {
  Ranks ranks;
  for (std::size_t rank = 0; rank < gpus.size(); ++rank)
    if (is(gpus[rank])) ranks.push_back(static_cast<int>(rank));
  return ranks;
}

}  // namespace

std::vector<GpuFacts> gather_gpu_facts(World& world, const GpuFacts& mine) {
  const nlohmann::json text = {world.local_leader(), mine.address, mine.name, mine.precision,
                               mine.attention};
  std::vector<GpuFacts> all;
  for (const std::string& theirs : world.gather_all(text.dump())) {
    const nlohmann::json values = nlohmann::json::parse(theirs);
    all.push_back({.host = values.at(0),
                   .address = values.at(1),
                   .name = values.at(2),
                   .precision = values.at(3),
                   .attention = values.at(4)});
  }
  return all;
}

bool has_each_rank_its_own(std::span<const GpuFacts> gpus) {
  std::set<std::pair<int, std::string>> chips;
  return std::ranges::all_of(
      gpus, [&](const GpuFacts& gpu) { return chips.emplace(gpu.host, gpu.address).second; });
}

std::vector<Finding> sharing_findings(std::span<const GpuFacts> gpus) {
  if (has_each_rank_its_own(gpus)) return {};
  return {{.check = Check::gpu,
           .text = sentence("there are more ranks than GPUs: those that share one take turns, and "
                            "gradients go through host memory; start one rank for each GPU")}};
}

std::vector<Finding> gpu_findings(Facts ranks, std::span<const GpuFacts> gpus) {
  const GpuFacts& first = gpus.front();
  const Ranks other_precision =
      ranks_where(gpus, [&](const GpuFacts& gpu) { return gpu.precision != first.precision; });
  if (!other_precision.empty()) {
    const GpuFacts& other = gpus[static_cast<std::size_t>(other_precision.front())];
    return {{.check = Check::gpu,
             .severity = Severity::problem,
             .text = sentence(
                 "comparing the GPUs: {0} {1|computes|compute} in {2} ({3}), rank 0 on {4} in {5} "
                 "({6}); give --precision fp32, which all of them have, or choose GPUs of one kind",
                 {ranks_text(ranks, other_precision), other_precision.size(), other.precision,
                  other.name, ranks.front().host, first.precision, first.name})}};
  }
  const Ranks unlike = ranks_where(gpus, [&](const GpuFacts& gpu) {
    return gpu.name != first.name || gpu.attention != first.attention;
  });
  if (unlike.empty()) return {};
  const GpuFacts& other = gpus[static_cast<std::size_t>(unlike.front())];
  return {
      {.check = Check::gpu,
       .text = sentence("comparing the GPUs: {0} {1|computes|compute} on {2} with {3} attention, "
                        "rank 0 on {4} on {5} with {6} attention; the bits of a run may depend on "
                        "which GPU computes; choose GPUs of one kind for equal bits",
                        {ranks_text(ranks, unlike), unlike.size(), other.name, other.attention,
                         ranks.front().host, first.name, first.attention})}};
}

}  // namespace lockstep
