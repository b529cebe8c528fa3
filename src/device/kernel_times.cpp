// SPDX-License-Identifier: Apache-2.0
#include "device/kernel_times.h"

#include <c10/cuda/CUDAFunctions.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <map>
#include <set>

namespace lockstep {
namespace {

namespace profiler = torch::autograd::profiler;
using torch::profiler::impl::ActivityType;

constexpr double kSecondsInANanosecond = 1e-9;

}  // namespace

void start_kernel_times() {
  c10::cuda::device_synchronize();
  const std::set<ActivityType> activities = {ActivityType::CUDA};
  const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO);
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities);
}

void await_kernels() { c10::cuda::device_synchronize(); }

std::vector<KernelTime> take_kernel_times() {
  const auto result = profiler::disableProfiler();
  std::map<std::string, KernelTime> by_name;
  for (const profiler::KinetoEvent& event : result->events()) {
    if (event.deviceType() != c10::DeviceType::CUDA) continue;
    KernelTime& time = by_name[event.name()];
    time.kernel = event.name();
    ++time.runs;
    time.seconds += static_cast<double>(event.durationNs()) * kSecondsInANanosecond;
  }
  std::vector<KernelTime> times;
  times.reserve(by_name.size());
  for (const auto& [name, time] : by_name) times.push_back(time);
  std::ranges::sort(times, std::ranges::greater{}, &KernelTime::seconds);
  return times;
}

}  // namespace lockstep
