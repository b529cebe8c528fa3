// SPDX-License-Identifier: Apache-2.0
// A stretch of a run with a name: what the rank is doing, for the ranks that watch over each other
// and for profilers.
#pragma once

#include "comm/activity.h"
#include "device/named_range.h"

namespace lockstep {

class Phase {
 public:
  // REQUIRES: `what` is a literal; people see it in their language.
  explicit Phase(const char* what) : doing_(what), range_(what) {}

 private:
  const Doing doing_;
  const NamedRange range_;
};

}  // namespace lockstep
