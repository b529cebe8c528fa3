// SPDX-License-Identifier: Apache-2.0
// The checkpoint sets of a run as `ckpt-tool list` shows them: one line a set, and one for each
// folder that is no checkpoint, or not yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/words.h"

namespace lockstep {

struct SetRow {
  std::string name = {};
  std::optional<std::int64_t> epoch = {};
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> shards = {};
  std::int64_t bytes = 0;
  std::int64_t modified_seconds = 0;  // since 1970, UTC
  bool is_best = false;
  bool is_latest = false;
  std::string problem = {};  // why the set is damaged; empty: it is fine
};

struct LeftoverRow {
  enum class Kind { draft, trash, replaced };
  std::string name;
  Kind kind = Kind::draft;
};

// Times are local. Empty without sets and leftovers.
std::string set_table(const Words& words, const std::vector<SetRow>& sets,
                      const std::vector<LeftoverRow>& leftovers);

}  // namespace lockstep
