// SPDX-License-Identifier: Apache-2.0
#include "app/group_limits.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// Empty if there is no such file.
std::string content_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Absent: "max", or no number at all.
std::optional<std::int64_t> number_in(const std::string& text) {
  std::istringstream words(text);
  std::int64_t number = 0;
  return words >> number ? std::optional(number) : std::nullopt;
}

std::int64_t bytes_of_files(const std::string& stat) {
  std::istringstream words(stat);
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t sum = 0;
  while (words >> name >> bytes)
    if (name == "active_file" || name == "inactive_file") sum += bytes;
  return sum;
}

// "/a/b" of "0::/a/b\n"; other lines are groups of the first version.
std::string group_in(const std::string& groups) {
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("0::/")) return line.substr(3);
  return "/";
}

template <typename Number>
void narrow(std::optional<Number>& limit, std::optional<Number> other) {
  if (other) limit = std::min(limit.value_or(*other), *other);
}

void narrow_by(const fs::path& group, GroupLimits& limits) {
  narrow(limits.cores, cores_in(content_of(group / "cpu.max")));
  narrow(limits.memory_bytes,
         memory_left(content_of(group / "memory.max"), content_of(group / "memory.current"),
                     content_of(group / "memory.stat")));
}

}  // namespace

std::optional<int> cores_in(const std::string& cpu_max) {
  std::istringstream words(cpu_max);
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  const std::int64_t cores = quota / period + (quota % period == 0 ? 0 : 1);
  return static_cast<int>(std::min<std::int64_t>(cores, std::numeric_limits<int>::max()));
}

std::optional<std::int64_t> memory_left(const std::string& max, const std::string& current,
                                        const std::string& stat) {
  const std::optional<std::int64_t> limit = number_in(max);
  const std::optional<std::int64_t> used = number_in(current);
  if (!limit || !used) return std::nullopt;
  const std::int64_t kept = std::max<std::int64_t>(0, *used - bytes_of_files(stat));
  return std::max<std::int64_t>(1, *limit - kept);
}

GroupLimits limits_of(const fs::path& root, const std::string& groups) {
  GroupLimits limits;
  fs::path group = root;
  narrow_by(group, limits);
  for (const fs::path& name : fs::path(group_in(groups)).relative_path()) {
    group /= name;
    narrow_by(group, limits);
  }
  return limits;
}

GroupLimits limits_of_this_process() {
  return limits_of("/sys/fs/cgroup", content_of("/proc/self/cgroup"));
}

}  // namespace lockstep
