// SPDX-License-Identifier: Apache-2.0
#include "device/gpu_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>

#include <exception>

namespace lockstep {
namespace {

class RecordedGraph : public GpuGraph {
 public:
  RecordedGraph(const GpuGraphMemory& memory, const std::function<void()>& work) {
    c10::cuda::getCurrentCUDAStream().synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();
    // Other threads may copy to and from the GPU meanwhile.
    graph_.capture_begin(memory, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      stop_recording();  // or nothing else could be started on this stream
      throw;
    }
    graph_.capture_end();
  }

  void start() override { graph_.replay(); }

 private:
  void stop_recording() {
    try {
      graph_.capture_end();
    } catch (const std::exception&) {  // it is the failure of the work that is told
    }
  }

  at::cuda::CUDAGraph graph_;
};

}  // namespace

GpuGraphMemory new_gpu_graph_memory() { return at::cuda::graph_pool_handle(); }

std::unique_ptr<GpuGraph> record_gpu_graph(const GpuGraphMemory& memory,
                                           const std::function<void()>& work) {
  return std::make_unique<RecordedGraph>(memory, work);
}

}  // namespace lockstep
