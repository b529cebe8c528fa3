// SPDX-License-Identifier: Apache-2.0
#include "app/usable_cores.h"

#include <sched.h>

#include <algorithm>
#include <thread>

#include "app/group_limits.h"

namespace lockstep {
namespace {

int bound_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::thread::hardware_concurrency());  // more than the set has room for
}

}  // namespace

int usable_cores_of_this_process() {
  const int bound = bound_cores();
  return std::max(std::min(bound, limits_of_this_process().cores.value_or(bound)), 1);
}

}  // namespace lockstep
