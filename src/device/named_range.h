// SPDX-License-Identifier: Apache-2.0
// Names for stretches of time, which profilers of GPUs show (NVTX). They cost nothing without one,
// and are nothing in a build without CUDA.
#pragma once

namespace lockstep {

void begin_range(const char* name);
void end_range();  // the one that was begun last, by this thread

class NamedRange {
 public:
  explicit NamedRange(const char* name) { begin_range(name); }
  ~NamedRange() { end_range(); }
  NamedRange(const NamedRange&) = delete;
  NamedRange& operator=(const NamedRange&) = delete;
};

}  // namespace lockstep
