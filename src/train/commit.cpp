// SPDX-License-Identifier: Apache-2.0
#include "train/commit.h"

#include "base/log.h"
#include "base/sentence.h"
#include "comm/activity.h"

namespace lockstep {

Committed Commit::run(const std::vector<PartReport>& reports) {
  const SaveOrder& order = *order_;
  const Manifest manifest = complete_draft(order, reports);
  if (progress_ == Progress::given_up) return {};
  commit_draft(order);
  const auto at = std::chrono::steady_clock::now();
  // Now: the main thread may wait for a rank that is gone.
  note_newest_checkpoint(set_of(order).string());
  if (advance_to(Progress::committed)) return {.save = publish_save(order, manifest), .at = at};
  progress_ = Progress::late;
  log_warning(
      sentence("saving {0}: it was committed after all, later than it was waited for; a resume can "
               "go on from it, and the next save gives it its names",
               {set_of(order)}));
  return {};
}

bool Commit::give_up() { return advance_to(Progress::given_up); }

bool Commit::advance_to(Progress next) {
  Progress expected = Progress::uncommitted;
  return progress_.compare_exchange_strong(expected, next);
}

}  // namespace lockstep
