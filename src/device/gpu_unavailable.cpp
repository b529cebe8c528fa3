// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no CUDA.
#include "base/error.h"
#include "base/sentence.h"
#include "device/gpu.h"
#include "device/gpu_graph.h"
#include "device/host_copy.h"
#include "device/kernel_times.h"
#include "device/side_stream.h"

namespace lockstep {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::usage,
              sentence("looking for a GPU: this build has no CUDA; use --device cpu, or run "
                       "launch/setup.sh --cuda and launch/build.sh"));
}

}  // namespace

Gpu open_gpu(int, const GpuUse&) { refuse(); }
GpuGraphMemory new_gpu_graph_memory() { refuse(); }
std::unique_ptr<GpuGraph> record_gpu_graph(const GpuGraphMemory&, const std::function<void()>&) {
  refuse();
}
std::unique_ptr<PinnedMemory> pin_memory(void*, std::size_t) { refuse(); }
std::unique_ptr<HostCopy> start_host_copy(const std::vector<HostCopyPiece>&) { refuse(); }
std::unique_ptr<GpuMark> make_gpu_mark() { refuse(); }
std::unique_ptr<SideStream> make_side_stream(StreamPriority) { refuse(); }

void start_kernel_times() { refuse(); }
void await_kernels() { refuse(); }
std::vector<KernelTime> take_kernel_times() { refuse(); }

}  // namespace lockstep
