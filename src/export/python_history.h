// SPDX-License-Identifier: Apache-2.0
// The history in a file that Python wrote, which nobody has checked. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/train_state.h"
#include "export/pt_value.h"

namespace lockstep {

// Of a file that a person can have trained; a larger number is damage.
inline constexpr std::int64_t kMostEpochs = 1'000'000'000;

// Empty with a problem, if the entry is not what FORMAT.md says of it: the weights are good all the
// same, and half a history would be kept with the run for ever.
struct PythonHistory {
  History history;
  std::string problem;
};

// `entry` is that of `history` in the file; nullptr, which is no problem, if there is none.
PythonHistory python_history(const PtValue* entry);

}  // namespace lockstep
