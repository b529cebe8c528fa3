// SPDX-License-Identifier: Apache-2.0
// Names for stretches of time, which profilers of GPUs show (NVTX). They cost nothing without one,
// and are nothing in a build without CUDA.
#pragma once

namespace lockstep {

class NamedRange {
 public:
  explicit NamedRange(const char* name);
  ~NamedRange();
  NamedRange(const NamedRange&) = delete;
  NamedRange& operator=(const NamedRange&) = delete;
};

}  // namespace lockstep
