// SPDX-License-Identifier: Apache-2.0
// The .pt files of a run as `ckpt-tool list` shows them: one line a file, with columns that line up
// on a terminal. The rows are shown in the order they are given in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/words.h"

namespace lockstep {

struct CheckpointRow {
  enum class Mark { none, best, latest };
  std::string name = {};
  std::optional<std::int64_t> epoch = {};
  std::optional<double> val_loss = {};
  std::int64_t bytes = 0;
  std::int64_t modified_seconds = 0;  // since 1970, UTC
  Mark mark = Mark::none;
  std::string problem = {};  // why the file is damaged; empty: it is fine
};

// Times are local. A damaged file shows its problem in place of the numbers.
std::string checkpoint_table(const Words& words, const std::vector<CheckpointRow>& rows);

}  // namespace lockstep
