// SPDX-License-Identifier: Apache-2.0
// What the control group of a process (cgroup v2: a container, a job, a service) leaves it of the
// host's processors and memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lockstep {

// Absent: no limit, or none that can be read.
struct GroupLimits {
  std::optional<int> cores;
  std::optional<std::int64_t> memory_bytes;  // that are left
};

// The cores that a quota of time is worth, rounded up: of "150000 100000", as in cpu.max, 2. Pure.
std::optional<int> cores_in(const std::string& cpu_max);

// What is left of `max` when `current` is used, the texts of memory.max and memory.current. `stat`,
// that of memory.stat, says what of it are copies of files, which go where memory is needed. At
// least a byte. Pure.
std::optional<std::int64_t> memory_left(const std::string& max, const std::string& current,
                                        const std::string& stat);

// The narrowest limits of a group and of those around it. `root`: where the groups are mounted;
// `groups`: what /proc/self/cgroup says.
GroupLimits limits_of(const std::filesystem::path& root, const std::string& groups);

GroupLimits limits_of_this_process();

}  // namespace lockstep
