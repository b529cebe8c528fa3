// SPDX-License-Identifier: Apache-2.0
// Which epoch files and which sets to delete. Looks at no disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/age.h"

namespace lockstep {

// Of the epochs that have a file, those to delete so that the `keep_last_n` with the highest
// numbers stay; 0 keeps all. `written`, the epoch just written, stays whatever its number.
// Ascending.
std::vector<std::int64_t> epochs_to_remove(std::vector<std::int64_t> epochs,
                                           std::int64_t keep_last_n, std::int64_t written);

// What retention needs to know of a committed set.
struct KeptSet {
  std::string name;
  Age age;
  std::int64_t epoch = 0;  // completed
  friend bool operator==(const KeptSet&, const KeptSet&) = default;
};

struct SetRetention {
  std::int64_t keep_epochs = 3;  // at least 1; 0: all
  std::int64_t best_epoch = 0;   // its set stays; 0: none yet
  std::string written;           // the set just committed stays
};

// Of the committed sets, the names of those to delete. These stay: the two newest of all, so that a
// damaged one is never the only one; the newest `keep_epochs` that end an epoch; the best epoch's;
// the one just written. Ascending by step.
std::vector<std::string> sets_to_remove(std::vector<KeptSet> sets, const SetRetention& rule);

}  // namespace lockstep
