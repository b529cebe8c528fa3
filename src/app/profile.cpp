// SPDX-License-Identifier: Apache-2.0
#include "app/profile.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "device/kernel_times.h"

namespace lockstep {
namespace {

constexpr std::int64_t kStepsBefore = 10;  // graphs are recorded, memory is taken
constexpr std::int64_t kStepsMeasured = 10;
constexpr std::size_t kKernelsShown = 40;
constexpr std::size_t kNameLength = 100;

std::string table(const std::vector<KernelTime>& times, double seconds) {
  constexpr double kMilliseconds = 1000.0 / kStepsMeasured;  // of a step, from seconds of all
  std::array<char, 256> line{};
  std::string text = "    ms/step  runs/step  kernel\n";
  double sum = 0.0;
  double runs = 0.0;
  for (const KernelTime& time : times) {
    sum += time.seconds;
    runs += static_cast<double>(time.runs);
  }
  for (std::size_t i = 0; i < std::min(times.size(), kKernelsShown); ++i) {
    std::snprintf(line.data(), line.size(), "%11.3f %10.1f  %s\n", times[i].seconds * kMilliseconds,
                  static_cast<double>(times[i].runs) / kStepsMeasured,
                  times[i].kernel.substr(0, kNameLength).c_str());
    text += line.data();
  }
  std::snprintf(line.data(), line.size(), "%11.3f %10.1f  all kernels; a step took %.3f ms\n",
                sum * kMilliseconds, runs / kStepsMeasured, seconds * kMilliseconds);
  return text + line.data();
}

}  // namespace

std::optional<std::string> Profile::step_done() {
  ++steps_;
  if (steps_ == kStepsBefore) {
    start_kernel_times();
    started_ = Clock::now();
  }
  if (steps_ != kStepsBefore + kStepsMeasured) return std::nullopt;
  const std::vector<KernelTime> times = take_kernel_times();
  const std::chrono::duration<double> took = Clock::now() - started_;
  return table(times, took.count());
}

}  // namespace lockstep
