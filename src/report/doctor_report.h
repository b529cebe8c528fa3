// SPDX-License-Identifier: Apache-2.0
// What `trainer --doctor` prints: the hosts, how they talk to each other, and each thing that was
// looked at with what was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/finding.h"
#include "report/words.h"

namespace lockstep {

struct HostLine {
  std::string host = {};
  std::string ranks = {};  // "0-3"
  std::int64_t cores = 0;
  std::int64_t threads = 0;            // of each rank
  std::int64_t memory_bytes = 0;       // that nobody uses
  std::int64_t needed_bytes = 0;       // by its ranks; 0: not known
  double clock_seconds = 0.0;          // ahead of the first host
  double disk_bytes_per_second = 0.0;  // 0: not known
  std::string gpus = {};               // empty on a run without
};

struct PairLine {
  std::string one = {};
  std::string other = {};
  double latency_seconds = 0.0;
  double bytes_per_second = 0.0;
};

struct DoctorReport {
  std::int64_t ranks = 0;
  std::vector<HostLine> hosts = {};
  std::vector<PairLine> pairs = {};
  std::vector<Check> checks = {};  // what was looked at, in the order in which it is told
  std::vector<Finding> findings = {};
  std::int64_t checkpoint_bytes = 0;
  double save_seconds = 0.0;  // of one checkpoint, by the disk's rate
};

std::string doctor_report(const Words& words, const DoctorReport& report);

// Of the first problem; success if there is none.
ExitCode exit_code_of(const std::vector<Finding>& findings);

}  // namespace lockstep
