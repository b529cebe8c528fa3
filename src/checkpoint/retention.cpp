// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/retention.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::int64_t kNewestOfAll = 2;

}  // namespace

std::vector<std::int64_t> epochs_to_remove(std::vector<std::int64_t> epochs,
                                           std::int64_t keep_last_n, std::int64_t written) {
  const auto count = static_cast<std::int64_t>(epochs.size());
  if (keep_last_n == 0 || count <= keep_last_n) return {};
  std::ranges::sort(epochs);
  epochs.resize(static_cast<std::size_t>(count - keep_last_n));
  std::erase(epochs, written);
  return epochs;
}

std::vector<std::string> sets_to_remove(std::vector<KeptSet> sets, const SetRetention& rule) {
  std::ranges::sort(sets, {}, &KeptSet::age);
  std::int64_t newer = 0;         // sets seen so far, from the newest
  std::int64_t newer_epochs = 0;  // those of them that end an epoch
  std::vector<std::string> doomed;
  for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
    const bool kept_as_epoch =
        set->age.ends_an_epoch &&
        (rule.keep_epochs == 0 || newer_epochs < rule.keep_epochs || set->epoch == rule.best_epoch);
    if (newer >= kNewestOfAll && !kept_as_epoch && set->name != rule.written)
      doomed.push_back(set->name);
    ++newer;
    if (set->age.ends_an_epoch) ++newer_epochs;
  }
  std::ranges::reverse(doomed);
  return doomed;
}

}  // namespace lockstep
