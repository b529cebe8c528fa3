// SPDX-License-Identifier: Apache-2.0
#include "app/workplace.h"

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"
#include "comm/all_or_none.h"
#include "config/fields.h"
#include "device/gpu.h"
#include "device/peak.h"
#include "model/operations.h"

namespace lockstep {
namespace {

// Other than automatic.
Precision resolved_precision(Precision asked, const Gpu& gpu) {
  if (asked == Precision::bf16 && !gpu.has_bf16)
    throw Error(ErrorKind::usage,
                sentence("computing on {0}: it has no bf16; give --precision fp32", {gpu.name}));
  if (asked != Precision::automatic) return asked;
  return gpu.has_bf16 ? Precision::bf16 : Precision::fp32;
}

GpuMath math_of(Precision precision) {
  switch (precision) {
    case Precision::bf16: return GpuMath::bf16;
    case Precision::tf32: return GpuMath::tf32;
    case Precision::automatic:
    case Precision::fp32: break;
  }
  return GpuMath::fp32;
}

Placement placement_on(const Gpu& gpu, Precision precision) {
  return {.device = gpu.device,
          .compute = precision == Precision::bf16 ? at::kBFloat16 : at::kFloat};
}

}  // namespace

Workplace find_workplace(World& world, const RunConfig& run) {
  const TrainConfig& config = run.train;
  Workplace place;
  if (config.device == DeviceKind::cpu) return place;
  GpuFacts mine;
  all_or_none(world, [&] {
    const Gpu gpu = open_gpu(world.local_rank(),
                             {.tf32 = config.precision == Precision::tf32, .fast = config.fast});
    const Precision precision = resolved_precision(config.precision, gpu);
    place.placement = placement_on(gpu, precision);
    place.peak_tflops = peak_tflops(gpu.name, math_of(precision));
    mine = {.address = gpu.address,
            .name = gpu.name,
            .precision = std::string(text_of(precision)),
            .attention = cuda_attention_name(place.placement, run.model)};
    place.text = sentence("{0}, {1}, {2} attention", {mine.name, mine.precision, mine.attention});
  });
  place.gpus = gather_gpu_facts(world, mine);
  return place;
}

void check_gpus(const World& world, Facts ranks, const Workplace& workplace) {
  if (workplace.gpus.empty()) return;
  for (const Finding& finding : gpu_findings(ranks, workplace.gpus)) {
    if (finding.severity == Severity::problem) throw SharedError(finding.kind, finding.text);
    if (world.rank() == 0) log_warning(finding.text);
  }
}

std::unique_ptr<StreamCollectives> connect_gpus(World& world, CommKind comm, Workplace& workplace) {
  if (workplace.gpus.empty() || world.size() == 1) return nullptr;
  const bool is_direct = comm == CommKind::nccl ||
                         (comm == CommKind::automatic && has_each_rank_its_own(workplace.gpus));
  workplace.text += ", " + (is_direct ? "NCCL" : sentence("MPI through host memory"));
  if (is_direct) return make_gpu_collectives(world);
  if (comm == CommKind::automatic && world.rank() == 0)
    for (const Finding& finding : sharing_findings(workplace.gpus)) log_warning(finding.text);
  return nullptr;
}

}  // namespace lockstep
