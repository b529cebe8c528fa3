// SPDX-License-Identifier: Apache-2.0
#include "app/rank_facts.h"

#include <elf.h>
#include <link.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "app/group_limits.h"
#include "base/digest.h"
#include "base/log.h"
#include "comm/launcher.h"

namespace lockstep {
namespace {

std::string command_line_digest(int argc, const char* const* argv) {
  std::string joined;
  for (int i = 1; i < argc; ++i) joined += std::string(argv[i]) + '\0';
  return digest_of(joined);
}

// The build id in a segment of notes; empty if there is none.
std::string build_id_in(std::span<const std::byte> notes) {
  constexpr std::size_t kAlignment = 4;
  const auto padded = [](std::size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); };
  ElfW(Nhdr) note = {};
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t id = sizeof note + padded(note.n_namesz);
    const std::size_t next = id + padded(note.n_descsz);
    if (next > notes.size()) break;
    const bool is_gnu = note.n_namesz == sizeof ELF_NOTE_GNU &&
                        std::memcmp(notes.data() + sizeof note, ELF_NOTE_GNU, 3) == 0;
    if (is_gnu && note.n_type == NT_GNU_BUILD_ID) return hex_text(notes.subspan(id, note.n_descsz));
    notes = notes.subspan(next);
  }
  return "";
}

std::string build_id_of(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* const begin = std::bit_cast<const std::byte*>(object.dlpi_addr + segment.p_vaddr);
    std::string id = build_id_in({begin, segment.p_memsz});
    if (!id.empty()) return id;
  }
  return "";
}

struct Builds {
  std::string program;
  std::string libraries;  // "libm.so.6 0a1b...\n" for each
};

// The first object is the program; of the others only the file name is the same on every host.
int add_build(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  Builds& builds = *static_cast<Builds*>(data);
  const std::string path = object->dlpi_name;
  if (builds.program.empty())
    builds.program = build_id_of(*object);
  else if (path.find('/') != std::string::npos)
    builds.libraries += path.substr(path.rfind('/') + 1) + " " + build_id_of(*object) + "\n";
  return 0;
}

// What follows `name` and a colon in a file of /proc; empty if nothing does.
std::string value_in(const char* file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::int64_t leading_number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<int> allowed_cores(pid_t process) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> cores;
  if (::sched_getaffinity(process, sizeof allowed, &allowed) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  return cores;
}

// mpirun and its daemons bind their ranks, not themselves.
int cores_of_launcher() {
  if (launch_of_this_process().launcher != "mpirun") return 0;
  return static_cast<int>(allowed_cores(::getppid()).size());
}

// 0 if the variable is not set.
std::int64_t number_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? 0 : leading_number(value);
}

// What nobody uses of the host's, or what the container or the Slurm job may use there if that is
// less.
std::int64_t usable_memory(const GroupLimits& limits) {
  const std::int64_t unused = leading_number(value_in("/proc/meminfo", "MemAvailable")) << 10;
  const std::int64_t allowed = number_of("SLURM_MEM_PER_NODE") << 20;
  const std::int64_t usable = std::min(unused, limits.memory_bytes.value_or(unused));
  return allowed > 0 ? std::min(usable, allowed) : usable;
}

}  // namespace

RankFacts facts_of_this_rank(int argc, const char* const* argv) {
  Builds builds;
  ::dl_iterate_phdr(add_build, &builds);
  const GroupLimits limits = limits_of_this_process();
  return {.host = host_name(),
          .command_line = command_line_digest(argc, argv),
          .program = builds.program,
          .libraries = digest_of(builds.libraries),
          .processor = value_in("/proc/cpuinfo", "model name"),
          .cores = allowed_cores(0),
          .launcher_cores = cores_of_launcher(),
          .quota_cores = limits.cores.value_or(0),
          .memory_bytes = usable_memory(limits),
          .job_tasks = static_cast<int>(number_of("SLURM_NTASKS"))};
}

std::string facts_to_text(const RankFacts& facts) {
  return nlohmann::json{
      facts.host,  facts.command_line,   facts.program,     facts.libraries,    facts.processor,
      facts.cores, facts.launcher_cores, facts.quota_cores, facts.memory_bytes, facts.job_tasks}
      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

RankFacts facts_from_text(const std::string& text) {
  const nlohmann::json values = nlohmann::json::parse(text);
  return {.host = values.at(0),
          .command_line = values.at(1),
          .program = values.at(2),
          .libraries = values.at(3),
          .processor = values.at(4),
          .cores = values.at(5),
          .launcher_cores = values.at(6),
          .quota_cores = values.at(7),
          .memory_bytes = values.at(8),
          .job_tasks = values.at(9)};
}

std::vector<RankFacts> gather_facts(World& world, const RankFacts& mine) {
  const std::vector<std::string> texts = world.gather_all(facts_to_text(mine));
  std::vector<RankFacts> all(texts.size());
  std::ranges::transform(texts, all.begin(), facts_from_text);
  return all;
}

std::vector<double> gather_clock_offsets(World& world) {
  world.gather_all(std::vector<double>());  // now all are at the same place
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  const std::vector<std::vector<double>> clocks = world.gather_all(std::vector{now.count()});
  std::vector<double> offsets;
  offsets.reserve(clocks.size());
  for (const std::vector<double>& clock : clocks)
    offsets.push_back(clock.front() - clocks.front().front());
  return offsets;
}

}  // namespace lockstep
