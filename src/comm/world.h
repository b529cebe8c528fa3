// SPDX-License-Identifier: Apache-2.0
// The control plane: ranks, and small messages between them. Gradients travel elsewhere
// (Collectives). Every wait has a deadline, after which Error(communication) says who waited for
// what; a rank that is gone must not leave the others waiting for ever.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace lockstep {

// How long ranks wait for each other in an ordinary exchange.
inline constexpr std::chrono::seconds kPeerTimeout{600};
// How long they wait while one of them prepares the text: a large corpus takes its time.
inline constexpr std::chrono::seconds kPreparationTimeout{4 * 3600};

// THREADS: the thread that joined the world.
class World {
 public:
  virtual ~World() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // The number of ranks on this machine, and this rank's place among them.
  virtual int local_rank() const = 0;
  virtual int local_size() const = 0;
  // COLLECTIVE. The texts of all ranks, in rank order, on every rank.
  virtual std::vector<std::string> gather_all(const std::string& text,
                                              std::chrono::seconds timeout = kPeerTimeout) = 0;
  // COLLECTIVE. The numbers of all ranks, in rank order, on every rank.
  virtual std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) = 0;
  // Ends every rank of the job with this exit code, now.
  [[noreturn]] virtual void abort(ExitCode exit_code) = 0;
};

}  // namespace lockstep
