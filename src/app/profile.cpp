// SPDX-License-Identifier: Apache-2.0
#include "app/profile.h"

#include "device/kernel_times.h"

namespace lockstep {
namespace {

constexpr std::int64_t kStepsBefore = 10;  // graphs are recorded, memory is taken
constexpr std::int64_t kStepsMeasured = 10;
constexpr double kMilliseconds = 1000.0 / kStepsMeasured;  // of a step, from seconds of all

}  // namespace

Profile::Profile(const RunSummary& summary, double peak_tflops)
    : profile_{.tokens = summary.tokens_of_gpu,
               .parameter_flops = summary.parameter_flops,
               .attention_flops = summary.attention_flops,
               .peak_tflops = peak_tflops > 0.0 ? peak_tflops : summary.peak_tflops} {}

std::optional<StepProfile> Profile::step_done() {
  ++steps_;
  if (steps_ == kStepsBefore) {
    start_kernel_times();
    started_ = Clock::now();
  }
  if (steps_ != kStepsBefore + kStepsMeasured) return std::nullopt;
  await_kernels();
  const std::chrono::duration<double> took = Clock::now() - started_;
  profile_.step_milliseconds = took.count() * kMilliseconds;
  for (const KernelTime& time : take_kernel_times())
    profile_.kernels.push_back({.kernel = time.kernel,
                                .milliseconds = time.seconds * kMilliseconds,
                                .runs = static_cast<double>(time.runs) / kStepsMeasured});
  return profile_;
}

}  // namespace lockstep
