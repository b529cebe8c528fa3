// SPDX-License-Identifier: Apache-2.0
// One process for each rank on this machine, without MPI: they prepare, start together when told,
// and each answers with one text.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace lockstep::bench {

class RankProcesses {
 public:
  // What a rank does once all are ready; its text goes to the parent.
  using Work = std::function<std::string()>;

  // Returns when every process has run `prepare` for its rank. Throws Error if one failed, which
  // has said why itself.
  RankProcesses(int ranks, const std::function<Work(int rank)>& prepare);
  // Ends processes that were not waited for.
  ~RankProcesses();
  RankProcesses(const RankProcesses&) = delete;
  RankProcesses& operator=(const RankProcesses&) = delete;

  // Starts the work and waits for the texts of all ranks, in order. Once.
  std::vector<std::string> run();

 private:
  struct Rank {
    int process = -1;
    int answers = -1;  // a pipe
  };
  static std::string read_message(const Rank& rank);

  std::vector<Rank> ranks_;
  int start_ = -1;  // a pipe: a byte for each rank starts them
};

// The resident memory of this process now, and the most it was since its start or since
// forget_peak(), in bytes.
long long resident_bytes();
long long peak_resident_bytes();
void forget_peak();

// What this process has taken from the processors, in seconds: all its threads, and the system for
// them.
double processor_seconds();

}  // namespace lockstep::bench
