// SPDX-License-Identifier: Apache-2.0
#include "app/start_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

namespace lockstep {
namespace {

using Ranks = std::vector<int>;
constexpr std::size_t kHostsNamed = 4;
constexpr double kUnequalClockSeconds = 2.0;
constexpr double kSlowestNetwork = 50e6;        // bytes per second: half of a gigabit
constexpr std::int64_t kErrorOfEstimate = 125;  // percent, of what a run takes in truth
constexpr double kFarSlower = 4.0;              // than most of the pairs

const RankFacts& of(Facts facts, int rank) { return facts[static_cast<std::size_t>(rank)]; }

std::string numbered(const Ranks& ranks) {
  return (ranks.size() == 1 ? "rank " : "ranks ") + numbers_text(ranks);
}

std::map<std::string, Ranks> by_host(Facts facts) {
  std::map<std::string, Ranks> ranks;
  for (int rank = 0; rank < static_cast<int>(facts.size()); ++rank)
    ranks[of(facts, rank).host].push_back(rank);
  return ranks;
}

// The ranks in which something is not what it is in rank 0.
Ranks unlike_first(Facts facts, std::string RankFacts::*fact) {
  Ranks ranks;
  for (int rank = 0; rank < static_cast<int>(facts.size()); ++rank)
    if (of(facts, rank).*fact != facts.front().*fact) ranks.push_back(rank);
  return ranks;
}

struct Equality {
  std::string RankFacts::*fact;
  Check check;
  Severity severity;
  const char* differs;
  const char* remedy;
};

const Equality kEqualities[] = {
    {&RankFacts::command_line, Check::command_line, Severity::problem,
     "not started with the arguments that rank 0 on {0} has",
     "start all ranks with one command line"},
    {&RankFacts::program, Check::program, Severity::problem,
     "another build of the trainer than rank 0 on {0}",
     "copy one build to all hosts, or put it on a file system that they share"},
    {&RankFacts::libraries, Check::program, Severity::warning,
     "with other versions of the libraries than rank 0 on {0}",
     "the bits of a run may depend on which host computes; install the same ones on all hosts"},
    {&RankFacts::processor, Check::processors, Severity::warning,
     "on another kind of processor than rank 0 on {0}",
     "the bits of a run may depend on which host computes; choose hosts of one kind for equal "
     "bits"},
};

void add_differences(Facts facts, std::vector<Finding>& findings) {
  for (const Equality& each : kEqualities) {
    const Ranks ranks = unlike_first(facts, each.fact);
    if (ranks.empty()) continue;
    std::string differs = each.differs;
    differs.replace(differs.find("{0}"), 3, facts.front().host);
    findings.push_back({.check = each.check,
                        .severity = each.severity,
                        .text = "comparing the ranks: " + ranks_text(facts, ranks) +
                                (ranks.size() == 1 ? " is " : " are ") + differs + "; " +
                                each.remedy});
  }
}

std::size_t within_quota(const RankFacts& facts, std::size_t cores) {
  if (facts.quota_cores == 0) return cores;
  return std::min(cores, static_cast<std::size_t>(facts.quota_cores));
}

std::set<int> cores_of(Facts facts, std::span<const int> ranks) {
  std::set<int> cores;
  for (const int rank : ranks)
    cores.insert(of(facts, rank).cores.begin(), of(facts, rank).cores.end());
  return cores;
}

bool is_crowded(Facts facts, const Ranks& ranks) {
  const std::size_t cores = usable_cores(facts, ranks);
  return cores > 0 && ranks.size() > cores;
}

// Those of mpirun.
std::size_t launcher_cores(Facts facts, const Ranks& ranks) {
  const RankFacts& first = of(facts, ranks.front());
  return within_quota(first, static_cast<std::size_t>(first.launcher_cores));
}

// Whether mpirun left at least half of what it may use to nobody.
bool is_bound_too_tightly(Facts facts, const Ranks& ranks) {
  const std::size_t cores = usable_cores(facts, ranks);
  return cores > 0 && launcher_cores(facts, ranks) >= 2 * cores;
}

void add_cores(Facts facts, std::vector<Finding>& findings) {
  std::vector<std::string> crowded;
  std::vector<std::string> bound;
  const std::map<std::string, Ranks> ranks_on = by_host(facts);
  for (const std::string& host : hosts_of(facts)) {
    if (is_crowded(facts, ranks_on.at(host))) crowded.push_back(host);
    if (is_bound_too_tightly(facts, ranks_on.at(host))) bound.push_back(host);
  }
  if (!crowded.empty()) {
    const Ranks& first = ranks_on.at(crowded.front());
    const std::size_t cores = usable_cores(facts, first);
    findings.push_back(
        {.check = Check::cores,
         .text = "counting the cores: " + std::to_string(first.size()) + " ranks share " +
                 std::to_string(cores) + (cores == 1 ? " core of " : " cores of ") +
                 hosts_text(crowded) +
                 " and wait for each other; start a rank for each core or "
                 "fewer, or give mpirun --bind-to none if they were bound to the same ones"});
  }
  if (!bound.empty()) {
    const Ranks& first = ranks_on.at(bound.front());
    const std::size_t all = launcher_cores(facts, first);
    const std::size_t used = usable_cores(facts, first);
    findings.push_back(
        {.check = Check::cores,
         .text = "counting the cores: mpirun bound " + ranks_text(facts, first) + " to " +
                 std::to_string(used) + " of " + std::to_string(all) +
                 " cores, the others are idle" +
                 (bound.size() > 1 ? " (so on " + hosts_text(bound) + ")" : std::string()) +
                 "; give mpirun --bind-to none"});
  }
}

void add_lonely_task(Facts facts, std::vector<Finding>& findings) {
  if (facts.size() > 1 || facts.front().job_tasks <= 1 || facts.front().launcher_cores > 0) return;
  findings.push_back(
      {.check = Check::cores,
       .text = "looking at the Slurm job: it has " + std::to_string(facts.front().job_tasks) +
               " tasks, and this one rank trains alone; start the ranks with srun --mpi=pmix or "
               "mpirun, as slurm/train.sh does"});
}

}  // namespace

std::string hosts_text(const std::vector<std::string>& hosts) {
  std::string text;
  for (std::size_t i = 0; i < std::min(hosts.size(), kHostsNamed); ++i)
    text += (i > 0 ? ", " : "") + hosts[i];
  if (hosts.size() > kHostsNamed)
    text += " and " + std::to_string(hosts.size() - kHostsNamed) + " more hosts";
  return text;
}

std::string numbers_text(std::span<const int> ranks) {
  std::string text;
  for (std::size_t i = 0; i < ranks.size();) {
    std::size_t last = i;
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(ranks[i]);
    if (last > i) text += "-" + std::to_string(ranks[last]);
    i = last + 1;
  }
  return text;
}

std::vector<std::string> hosts_of(Facts facts) {
  std::vector<std::string> hosts;
  for (const RankFacts& each : facts)
    if (std::ranges::find(hosts, each.host) == hosts.end()) hosts.push_back(each.host);
  return hosts;
}

std::string ranks_text(Facts facts, std::span<const int> ranks) {
  std::vector<std::pair<std::string, Ranks>> groups;
  for (const int rank : ranks) {
    const std::string& host = of(facts, rank).host;
    if (groups.empty() || groups.back().first != host) groups.push_back({host, {}});
    groups.back().second.push_back(rank);
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(groups.size(), kHostsNamed); ++i)
    text += (i > 0 ? ", " : "") + numbered(groups[i].second) + " on " + groups[i].first;
  if (groups.size() > kHostsNamed)
    text += " and those on " + std::to_string(groups.size() - kHostsNamed) + " more hosts";
  return text;
}

std::size_t usable_cores(Facts facts, std::span<const int> ranks) {
  return within_quota(of(facts, ranks.front()), cores_of(facts, ranks).size());
}

std::vector<Finding> start_findings(Facts facts) {
  std::vector<Finding> findings;
  add_differences(facts, findings);
  add_cores(facts, findings);
  add_lonely_task(facts, findings);
  return findings;
}

std::vector<Finding> clock_findings(Facts facts, std::span<const double> offsets) {
  std::vector<std::string> hosts;
  double worst = 0.0;
  for (std::size_t rank = 0; rank < offsets.size(); ++rank) {
    if (std::abs(offsets[rank]) < kUnequalClockSeconds) continue;
    if (hosts.empty()) worst = offsets[rank];
    if (std::ranges::find(hosts, facts[rank].host) == hosts.end())
      hosts.push_back(facts[rank].host);
  }
  if (hosts.empty()) return {};
  return {{.check = Check::clocks,
           .text = "comparing the clocks: that of " + hosts.front() + " is " +
                   std::to_string(std::llround(std::abs(worst))) + " s " +
                   (worst > 0 ? "ahead of" : "behind") + " that of " + facts.front().host +
                   (hosts.size() > 1
                        ? " (unequal too: " + hosts_text({hosts.begin() + 1, hosts.end()}) + ")"
                        : std::string()) +
                   ", so the times of files and log lines do not fit; synchronise the hosts with "
                   "chrony or ntpd"}};
}

std::vector<Finding> memory_findings(Facts facts, std::int64_t needed_bytes) {
  std::vector<std::string> hosts;
  std::string example;
  bool has_several_ranks = false;
  constexpr std::int64_t kMegabyte = std::int64_t{1} << 20;
  for (const auto& [host, ranks] : by_host(facts)) {
    const std::int64_t available = of(facts, ranks.front()).memory_bytes;
    const std::int64_t needed = needed_bytes * static_cast<std::int64_t>(ranks.size());
    if (available == 0 || needed <= available) continue;
    if (hosts.empty())
      example = std::to_string(ranks.size()) +
                (ranks.size() == 1 ? " rank needs " : " ranks need ") +
                std::to_string(needed / kMegabyte) + " MB, " +
                std::to_string(available / kMegabyte) + " MB are free";
    hosts.push_back(host);
    has_several_ranks = has_several_ranks || ranks.size() > 1;
  }
  if (hosts.empty()) return {};
  return {{.check = Check::memory,
           .severity = Severity::problem,
           .text = "looking for memory on " + hosts_text(hosts) + ": " + example +
                   (has_several_ranks
                        ? "; start fewer ranks on each host, or cut the batch into more --lanes"
                        : "; choose a smaller --model, --block-size or --batch-size")}};
}

bool is_far_over_memory(Facts facts, std::int64_t needed_bytes) {
  return !memory_findings(facts, needed_bytes / kErrorOfEstimate * 100).empty();
}

int fair_threads(Facts facts, int rank) {
  const RankFacts& mine = of(facts, rank);
  const auto shares = [&](const RankFacts& other) {
    return other.host == mine.host &&
           std::ranges::find_first_of(other.cores, mine.cores) != other.cores.end();
  };
  const auto sharing = std::max<std::ptrdiff_t>(1, std::ranges::count_if(facts, shares));
  const std::ptrdiff_t cores = std::ssize(mine.cores) / sharing;
  const std::ptrdiff_t on_host = std::ranges::count(facts, mine.host, &RankFacts::host);
  const std::ptrdiff_t quota = mine.quota_cores == 0 ? cores : mine.quota_cores / on_host;
  return static_cast<int>(std::max<std::ptrdiff_t>(1, std::min(cores, quota)));
}

int chosen_threads(Facts facts, int rank, std::int64_t asked) {
  if (asked > 0) return static_cast<int>(asked);
  const char* const variable = std::getenv("OMP_NUM_THREADS");
  const int given = variable == nullptr ? 0 : std::atoi(variable);
  return given > 0 ? given : fair_threads(facts, rank);
}

std::vector<Finding> network_findings(const std::vector<std::string>& hosts,
                                      const std::vector<HostPair>& pairs) {
  std::vector<double> rates;
  rates.reserve(pairs.size());
  for (const HostPair& pair : pairs) rates.push_back(pair.bytes_per_second);
  std::ranges::sort(rates);
  const double limit =
      rates.empty() ? 0.0 : std::max(kSlowestNetwork, rates[rates.size() / 2] / kFarSlower);
  std::string slow;
  std::size_t count = 0;
  for (const HostPair& pair : pairs) {
    if (pair.bytes_per_second >= limit || ++count > kHostsNamed) continue;
    slow += (slow.empty() ? "" : ", ") + hosts[static_cast<std::size_t>(pair.one)] + " - " +
            hosts[static_cast<std::size_t>(pair.other)] + " (" +
            std::to_string(std::llround(pair.bytes_per_second / 1e6)) + " MB/s)";
  }
  if (slow.empty()) return {};
  if (count > kHostsNamed) slow += " and " + std::to_string(count - kHostsNamed) + " more";
  return {{.check = Check::network,
           .text = "measuring the network: slow between " + slow +
                   ", and every step waits for the slowest; look at its cables and ports, leave "
                   "the host out, or name a faster network with mpirun --mca btl_tcp_if_include"}};
}

}  // namespace lockstep
