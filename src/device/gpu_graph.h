// SPDX-License-Identifier: Apache-2.0
// Work on the GPU that is recorded once and then started as a whole: hundreds of kernels at the
// price of one launch (CUDA graphs).
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace lockstep {

class GpuGraph {
 public:
  virtual ~GpuGraph() = default;
  // Starts the work, on the calling thread's stream.
  virtual void start() = 0;
};

// Memory of the GPU that graphs share: a name, as LibTorch gives it.
using GpuGraphMemory = std::pair<unsigned long long, unsigned long long>;
GpuGraphMemory new_gpu_graph_memory();

// Records what `work` starts, without running it. It has run before, so that libraries have made
// themselves ready. Of the memory it allocates it keeps its results, which the next start
// overwrites; all else is in `memory`. REQUIRES: graphs of one memory do not run side by side, and
// once all of them are gone, no other is recorded in it.
std::unique_ptr<GpuGraph> record_gpu_graph(const GpuGraphMemory& memory,
                                           const std::function<void()>& work);

}  // namespace lockstep
