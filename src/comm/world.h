// SPDX-License-Identifier: Apache-2.0
// The control plane: ranks, and small messages between them. Gradients travel elsewhere
// (Collectives). Every wait has a deadline, after which Error(communication) says who waited for
// what; a rank that is gone must not leave the others waiting for ever.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace lockstep {

// How long ranks wait for each other in an ordinary exchange.
inline constexpr std::chrono::seconds kPeerTimeout{600};
// How long they wait while one of them prepares the text: a large corpus takes its time.
inline constexpr std::chrono::seconds kPreparationTimeout{4 * 3600};

// Texts on their way, while every rank goes on with its work.
// THREADS: the thread that joined the world.
class PendingTexts {
 public:
  virtual ~PendingTexts() = default;
  // The texts of all ranks, in rank order, once all have started the exchange and the texts have
  // arrived; absent until then. Never waits. REQUIRES: not called again once it had them.
  virtual std::optional<std::vector<std::string>> poll() = 0;
};

// THREADS: the thread that joined the world.
class World {
 public:
  virtual ~World() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // This rank's place among those of its machine, and the rank that has the first.
  virtual int local_rank() const = 0;
  virtual int local_leader() const = 0;
  // COLLECTIVE. The texts of all ranks, in rank order, on every rank.
  virtual std::vector<std::string> gather_all(const std::string& text,
                                              std::chrono::seconds timeout = kPeerTimeout) = 0;
  // COLLECTIVE. The numbers of all ranks, in rank order, on every rank.
  virtual std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) = 0;
  // COLLECTIVE, but waits for nobody: ranks may start an exchange at different moments. Exchanges
  // must be started in the same order on every rank; other collectives may come in between.
  virtual std::unique_ptr<PendingTexts> start_gather(const std::string& text) = 0;
  // Ends every rank of the job with this exit code, now.
  [[noreturn]] virtual void abort(ExitCode exit_code) = 0;
};

}  // namespace lockstep
