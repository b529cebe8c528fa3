// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "app/disk_probe.h"
#include "app/new_run_obstacle.h"
#include "app/print_answer.h"
#include "app/run_order.h"
#include "app/run_plan.h"
#include "app/shared_folder.h"
#include "app/start_checks.h"
#include "app/workplace.h"
#include "base/numbers_text.h"
#include "base/sentence.h"
#include "comm/all_or_none.h"
#include "comm/host_pairs.h"
#include "report/doctor_report.h"

namespace lockstep {
namespace {

// The first rank of each host.
std::vector<int> first_ranks(Facts facts) {
  std::vector<int> ranks;
  std::set<std::string> seen;
  for (std::size_t rank = 0; rank < facts.size(); ++rank)
    if (seen.insert(facts[rank].host).second) ranks.push_back(static_cast<int>(rank));
  return ranks;
}

class Examination {
 public:
  Examination(World& world, const TrainerCommand& command, const std::vector<RankFacts>& facts)
      : world_(world),
        command_(command),
        facts_(facts),
        hosts_(hosts_of(facts)),
        first_ranks_(first_ranks(facts)) {}

  // COLLECTIVE, as are all below but those that only fill in the report.
  ExitCode run() {
    report_.ranks = world_.size();
    look_at_start();
    look_at_clocks();
    look_at_configuration();
    if (config_) {
      look_at_memory();
      look_at_directory();
      look_at_disk();
      look_at_gpus();
    }
    look_at_network();
    fill_in_hosts();
    if (world_.rank() == 0)
      print_answer(doctor_report(words_in(chosen_language(command_.lang)), report_));
    // Some findings are of rank 0 alone.
    return static_cast<ExitCode>(std::stoi(ask_rank_zero(
        world_, [&] { return std::to_string(static_cast<int>(exit_code_of(report_.findings))); })));
  }

 private:
  void add(const std::vector<Finding>& findings) {
    report_.findings.insert(report_.findings.end(), findings.begin(), findings.end());
  }

  // Work that ends on all ranks alike; its failure is a problem.
  bool attempt(Check check, const std::function<void()>& work) {
    report_.checks.push_back(check);
    try {
      work();
      return true;
    } catch (const SharedError& error) {
      add({{.check = check,
            .severity = Severity::problem,
            .kind = error.kind(),
            .text = error.what()}});
    }
    return false;
  }

  void look_at_start() {
    report_.checks = {Check::command_line, Check::program, Check::processors, Check::cores};
    add(start_findings(facts_));
  }

  void look_at_clocks() {
    report_.checks.push_back(Check::clocks);
    clock_offsets_ = gather_clock_offsets(world_);
    add(clock_findings(facts_, clock_offsets_));
  }

  void look_at_configuration() {
    attempt(Check::configuration, [&] {
      const std::string order = ask_rank_zero(world_, [&] {
        const RunOrder decided = decide_order(command_, world_.size());
        if (const auto obstacle = obstacle_to_new_run(command_, decided)) throw Error(*obstacle);
        plan_ = plan_run(decided, world_.size());
        return order_to_text(decided);
      });
      config_ = order_from_text(order).config;
    });
  }

  void look_at_memory() {
    report_.checks.push_back(Check::memory);
    if (world_.rank() == 0) add(memory_findings(facts_, plan_.memory_bytes_per_rank));
  }

  void look_at_directory() {
    attempt(Check::directory,
            [&] { check_shared_folder(world_, facts_, config_->checkpoint.directory); });
  }

  void look_at_disk() {
    attempt(Check::disk, [&] {
      DiskFacts disk;
      all_or_none(world_, [&] {
        if (std::ranges::find(first_ranks_, world_.rank()) != first_ranks_.end())
          disk = probe_disk(config_->checkpoint.directory);
        if (world_.rank() == 0) check_room();
      });
      disk_rates_ = world_.gather_all(std::vector{disk.bytes_per_second});
      if (world_.rank() == 0) add(disk_findings(disk, config_->checkpoint.directory));
    });
  }

  void check_room() const {
    if (plan_.free_disk_bytes.value_or(plan_.checkpoint_bytes) >= plan_.checkpoint_bytes) return;
    throw Error(
        ErrorKind::checkpoint,
        sentence("looking for room for checkpoints in {0}: one takes {1} bytes, {2} are free; make "
                 "room or choose another --output-dir",
                 {config_->checkpoint.directory, plan_.checkpoint_bytes, *plan_.free_disk_bytes}));
  }

  void look_at_gpus() {
    if (config_->train.device != DeviceKind::cuda) return;
    attempt(Check::gpu, [&] {
      const Workplace workplace = find_workplace(world_, *config_);
      gpus_ = world_.gather_all(std::to_string(workplace.placement.device.index()) + ": " +
                                workplace.gpus[static_cast<std::size_t>(world_.rank())].name);
      if (world_.rank() != 0) return;
      add(gpu_findings(facts_, workplace.gpus));
      if (config_->train.comm == CommKind::automatic) add(sharing_findings(workplace.gpus));
    });
  }

  void look_at_network() {
    if (hosts_.size() == 1) return;
    attempt(Check::network, [&] {
      const auto collectives = make_collectives(CollectivesKind::mpi);
      const std::vector<HostPair> pairs = measure_pairs(world_, *collectives, first_ranks_);
      for (const HostPair& pair : pairs)
        report_.pairs.push_back({.one = hosts_[static_cast<std::size_t>(pair.one)],
                                 .other = hosts_[static_cast<std::size_t>(pair.other)],
                                 .latency_seconds = pair.latency_seconds,
                                 .bytes_per_second = pair.bytes_per_second});
      add(network_findings(hosts_, pairs));
    });
  }

  void fill_in_hosts() {
    double slowest = 0.0;
    for (const std::string& host : hosts_) report_.hosts.push_back(line_of(host));
    for (const HostLine& line : report_.hosts)
      if (slowest == 0.0 || line.disk_bytes_per_second < slowest)
        slowest = line.disk_bytes_per_second;
    report_.checkpoint_bytes = plan_.checkpoint_bytes;
    // All hosts write at the same time.
    if (slowest > 0.0)
      report_.save_seconds = static_cast<double>(plan_.checkpoint_bytes) /
                             (slowest * static_cast<double>(hosts_.size()));
  }

  HostLine line_of(const std::string& host) const {
    HostLine line{.host = host};
    std::vector<int> ranks;
    for (std::size_t rank = 0; rank < facts_.size(); ++rank) {
      const RankFacts& facts = facts_[rank];
      if (facts.host != host) continue;
      ranks.push_back(static_cast<int>(rank));
      if (!gpus_.empty()) line.gpus += (line.gpus.empty() ? "" : ", ") + gpus_[rank];
    }
    const auto first = static_cast<std::size_t>(ranks.front());
    line.ranks = numbers_text(ranks);
    line.cores = static_cast<std::int64_t>(usable_cores(facts_, ranks));
    line.threads = chosen_threads(facts_, ranks.front(), config_ ? config_->train.threads : 0);
    line.memory_bytes = facts_[first].memory_bytes;
    line.needed_bytes = plan_.memory_bytes_per_rank * std::ssize(ranks);
    line.clock_seconds = clock_offsets_[first];
    if (!disk_rates_.empty()) line.disk_bytes_per_second = disk_rates_[first].front();
    return line;
  }

  World& world_;
  const TrainerCommand& command_;
  const std::vector<RankFacts>& facts_;
  const std::vector<std::string> hosts_;
  const std::vector<int> first_ranks_;
  DoctorReport report_;
  std::optional<RunConfig> config_;
  RunPlan plan_;  // on rank 0
  std::vector<double> clock_offsets_;
  std::vector<std::vector<double>> disk_rates_;
  std::vector<std::string> gpus_;
};

}  // namespace

ExitCode examine(World& world, const TrainerCommand& command, const std::vector<RankFacts>& facts) {
  return Examination(world, command, facts).run();
}

}  // namespace lockstep
