// SPDX-License-Identifier: Apache-2.0
// The end of old files after a commit, which training does not wait for: their names are gone, rank
// 0 frees their bytes in a thread of its own, and all ranks hear when there is room for a save.
#pragma once

#include <future>
#include <memory>

#include "base/held_files.h"
#include "base/worker.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "train/wait.h"

namespace lockstep {

// THREADS: the thread that trains.
class Removal {
 public:
  // Both must outlive it.
  Removal(World& world, const CheckpointConfig& config);
  // Waits for nothing: what is not yet freed is freed when the process ends.
  ~Removal();
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

  // COLLECTIVE. Lets go of `files`, which rank 0 has. REQUIRES: the removal before is over.
  void start(HeldFiles files);
  // One step, if it can be made now; never waits. To be called often, on every rank.
  bool advance();
  // Until all ranks know that the bytes are free, or that rank 0 has given up on them: a removal
  // that takes longer than a save may is left to its thread, with a warning.
  bool is_going_on() const { return stage_ != Stage::idle; }
  // COLLECTIVE. Waits until it is over. Throws Error(communication) if rank 0 does not say so.
  void wait();

 private:
  enum class Stage { idle, freeing, reporting };

  Patience::Clock::duration deadline() const;
  void give_up();

  World& world_;
  const CheckpointConfig& config_;
  Stage stage_ = Stage::idle;
  Patience patience_{Patience::Clock::duration::zero()};
  std::unique_ptr<Worker>
      worker_;               // rank 0, from the first files on; a new one after one that hangs
  std::future<void> freed_;  // rank 0
  std::unique_ptr<PendingTexts> pending_;
};

}  // namespace lockstep
