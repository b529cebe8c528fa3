// SPDX-License-Identifier: Apache-2.0
#include "app/start_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "base/numbers_text.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

using Ranks = std::vector<int>;
constexpr std::size_t kHostsNamed = 4;
constexpr double kUnequalClockSeconds = 2.0;
constexpr double kSlowestNetwork = 50e6;        // bytes per second: half of a gigabit
constexpr std::int64_t kErrorOfEstimate = 125;  // percent, of what a run takes in truth
constexpr double kFarSlower = 4.0;              // than most of the pairs

const RankFacts& of(Facts facts, int rank) { return facts[static_cast<std::size_t>(rank)]; }

std::string ranks_on_host(const Ranks& ranks, const std::string& host) {
  if (ranks.size() == 1) return sentence("rank {0} on {1}", {ranks.front(), host});
  return sentence("ranks {0} on {1}", {numbers_text(ranks), host});
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

using Values = std::initializer_list<SentenceValue>;
struct Equality {
  std::string RankFacts::*fact;
  Check check;
  Severity severity;
  // Which ranks differ, how many they are, the host of rank 0.
  std::string (*text)(Values values);
};

constexpr Equality kEqualities[] = {
    {&RankFacts::command_line, Check::command_line, Severity::problem,
     [](Values values) {
       return sentence(
           "comparing the ranks: {0} {1|is|are} not started with the arguments that rank 0 on {2} "
           "has; start all ranks with one command line",
           values);
     }},
    {&RankFacts::program, Check::program, Severity::problem,
     [](Values values) {
       return sentence(
           "comparing the ranks: {0} {1|is|are} another build of the trainer than rank 0 on {2}; "
           "copy one build to all hosts, or put it on a file system that they share",
           values);
     }},
    {&RankFacts::libraries, Check::program, Severity::warning,
     [](Values values) {
       return sentence(
           "comparing the ranks: {0} {1|is|are} with other versions of the libraries than rank 0 "
           "on {2}; the bits of a run may depend on which host computes; install the same ones on "
           "all hosts",
           values);
     }},
    {&RankFacts::processor, Check::processors, Severity::warning,
     [](Values values) {
       return sentence(
           "comparing the ranks: {0} {1|is|are} on another kind of processor than rank 0 on {2}; "
           "the bits of a run may depend on which host computes; choose hosts of one kind for "
           "equal bits",
           values);
     }},
};

void add_differences(Facts facts, std::vector<Finding>& findings) {
  for (const Equality& each : kEqualities) {
    const Ranks ranks = unlike_first(facts, each.fact);
    if (ranks.empty()) continue;
    findings.push_back(
        {.check = each.check,
         .severity = each.severity,
         .text = each.text({ranks_text(facts, ranks), ranks.size(), facts.front().host})});
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
         .text = sentence("counting the cores: {0} ranks share {1} {1|core|cores} of {2} and wait "
                          "for each other; start a rank for each core or fewer, or give mpirun "
                          "--bind-to none if they were bound to the same ones",
                          {first.size(), cores, hosts_text(crowded)})});
  }
  if (!bound.empty()) {
    const Ranks& first = ranks_on.at(bound.front());
    std::string text = sentence(
        "counting the cores: mpirun bound {0} to {1} of {2} cores, the others are idle",
        {ranks_text(facts, first), usable_cores(facts, first), launcher_cores(facts, first)});
    if (bound.size() > 1) text = sentence("{0} (so on {1})", {text, hosts_text(bound)});
    findings.push_back(
        {.check = Check::cores, .text = sentence("{0}; give mpirun --bind-to none", {text})});
  }
}

void add_lonely_task(Facts facts, std::vector<Finding>& findings) {
  if (facts.size() > 1 || facts.front().job_tasks <= 1 || facts.front().launcher_cores > 0) return;
  findings.push_back(
      {.check = Check::cores,
       .text =
           sentence("looking at the Slurm job: it has {0} tasks, and this one rank trains alone; "
                    "start the ranks with srun --mpi=pmix or mpirun, as slurm/train.sh does",
                    {facts.front().job_tasks})});
}

}  // namespace

std::string hosts_text(const std::vector<std::string>& hosts) {
  std::string text;
  for (std::size_t i = 0; i < std::min(hosts.size(), kHostsNamed); ++i)
    text += (i > 0 ? ", " : "") + hosts[i];
  if (hosts.size() <= kHostsNamed) return text;
  return sentence("{0} and {1} more {1|host|hosts}", {text, hosts.size() - kHostsNamed});
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
    text += (i > 0 ? ", " : "") + ranks_on_host(groups[i].second, groups[i].first);
  if (groups.size() <= kHostsNamed) return text;
  return sentence("{0} and those on {1} more {1|host|hosts}", {text, groups.size() - kHostsNamed});
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
  const std::int64_t seconds = std::llround(std::abs(worst));
  const std::string& first = facts.front().host;
  std::string difference =
      worst > 0 ? sentence("that of {0} is {1} s ahead of that of {2}", {hosts[0], seconds, first})
                : sentence("that of {0} is {1} s behind that of {2}", {hosts[0], seconds, first});
  if (hosts.size() > 1)
    difference = sentence("{0} (unequal too: {1})",
                          {difference, hosts_text({hosts.begin() + 1, hosts.end()})});
  return {{.check = Check::clocks,
           .text = sentence("comparing the clocks: {0}, so the times of files and log lines do not "
                            "fit; synchronise the hosts with chrony or ntpd",
                            {difference})}};
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
      example = sentence("{0} {0|rank needs|ranks need} {1} MB, {2} MB are free",
                         {ranks.size(), needed / kMegabyte, available / kMegabyte});
    hosts.push_back(host);
    has_several_ranks = has_several_ranks || ranks.size() > 1;
  }
  if (hosts.empty()) return {};
  return {{.check = Check::memory,
           .severity = Severity::problem,
           .text = has_several_ranks
                       ? sentence("looking for memory on {0}: {1}; start fewer ranks on each host, "
                                  "or cut the batch into more --lanes",
                                  {hosts_text(hosts), example})
                       : sentence("looking for memory on {0}: {1}; choose a smaller --model, "
                                  "--block-size or --batch-size",
                                  {hosts_text(hosts), example})}};
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
  const std::string found =
      count > kHostsNamed ? sentence("slow between {0} and {1} more", {slow, count - kHostsNamed})
                          : sentence("slow between {0}", {slow});
  return {
      {.check = Check::network,
       .text = sentence("measuring the network: {0}, and every step waits for the slowest; look at "
                        "its cables and ports, leave the host out, or name a faster network with "
                        "mpirun --mca btl_tcp_if_include",
                        {found})}};
}

}  // namespace lockstep
