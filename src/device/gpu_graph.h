// SPDX-License-Identifier: Apache-2.0
// Work on the GPU that is recorded once and then started as a whole: hundreds of kernels at the
// price of one launch (CUDA graphs).
#pragma once

#include <functional>
#include <memory>

namespace lockstep {

class GpuGraph {
 public:
  virtual ~GpuGraph() = default;
  // Starts the work, on the calling thread's stream.
  virtual void start() = 0;
};

// Records what `work` starts, without running it. It has run before, so that libraries have made
// themselves ready. The memory it allocates stays with the graph, and holds the results until the
// next start.
std::unique_ptr<GpuGraph> record_gpu_graph(const std::function<void()>& work);

}  // namespace lockstep
