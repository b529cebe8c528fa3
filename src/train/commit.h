// SPDX-License-Identifier: Apache-2.0
// The commit of a save beside the training, and what becomes of one that takes too long: it is
// given up, and then what the disk holds is what people were told.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/commit_save.h"

namespace lockstep {

struct Committed {
  PublishedSave save;
  std::chrono::steady_clock::time_point at;
};

// THREADS: run() in one, the others in another.
class Commit {
 public:
  explicit Commit(std::shared_ptr<const SaveOrder> order) : order_(std::move(order)) {}

  // Commits and publishes. Once it is given up it renames nothing. Where the rename was on its way
  // already and succeeds, the set waits for the next save to publish it, and a warning says so.
  // Throws Error(checkpoint).
  Committed run(const std::vector<PartReport>& reports);

  // False if there is a checkpoint by now: only its names are missing.
  bool give_up();

  const std::string& set() const { return order_->set; }
  // Whether the set is a checkpoint although it was given up.
  bool came_late() const { return progress_ == Progress::late; }

 private:
  enum class Progress { uncommitted, given_up, committed, late };

  // From `uncommitted`; false if the other thread was first.
  bool advance_to(Progress next);

  const std::shared_ptr<const SaveOrder> order_;
  std::atomic<Progress> progress_ = Progress::uncommitted;
};

}  // namespace lockstep
