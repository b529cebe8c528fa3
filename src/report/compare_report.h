// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool compare` prints: the numbers of two checkpoints side by side, and whether their
// states are the same; or the same as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/words.h"

namespace lockstep {

struct ComparedCheckpoint {
  std::string name = {};
  std::optional<double> val_loss = {};
  std::optional<double> train_loss = {};
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;
  std::string root = {};  // empty where it is not known
};

struct StateComparison {
  enum class Kind { identical, different, other_layout, unknown };
  Kind kind = Kind::unknown;
  // Of the first difference; empty if only the roots are known.
  std::string array = {};   // "exp_avg"
  std::string tensor = {};  // "transformer.wte.weight"
  std::int64_t chunk = 0;
};

struct Comparison {
  ComparedCheckpoint first = {};
  ComparedCheckpoint second = {};
  StateComparison state = {};
};

// A difference is the second minus the first.
std::string compare_report(const Words& words, const Comparison& comparison);

// {"first": {...}, "second": {...}, "delta": {...}, "state"}: state is "identical", "different",
// "other_layout" or "unknown", and "first_difference" has array, tensor and chunk, or is null.
std::string compare_json(const Comparison& comparison);

}  // namespace lockstep
