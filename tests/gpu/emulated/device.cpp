// SPDX-License-Identifier: Apache-2.0
// device/ on the emulated GPU: its memory is the host's, and whatever is started on any stream is
// done at once. So what waits too little is not found here.
#include <ATen/Context.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/CPUAllocator.h>

#include <cstdlib>
#include <cstring>

#include "device/gpu.h"
#include "device/gpu_graph.h"
#include "device/host_copy.h"
#include "device/kernel_launch.h"
#include "device/kernel_times.h"
#include "device/side_stream.h"
#include "gpu/emulated/limited_memory.h"

namespace lockstep {
namespace {

// Records nothing but what to do. A real one starts the same kernels with the same arguments.
class Repetition : public GpuGraph {
 public:
  explicit Repetition(std::function<void()> work) : work_(std::move(work)) {}
  void start() override { work_(); }

 private:
  std::function<void()> work_;
};

class DoneCopy : public HostCopy {
 public:
  bool is_done() override { return true; }
  void wait() override {}
  void hold_back_work() override {}
};

class SetMark : public GpuMark {
 public:
  void set() override {}
  void wait() override {}
  bool is_reached() override { return true; }
  void await() override {}
};

class OnlyStream : public SideStream {
 public:
  void follow() override {}
  void join() override {}
  void run(const std::function<void()>& work) override { work(); }
  CUstream_st* handle() override { return nullptr; }
};

// Without a GPU, LibTorch has no memory to pin but that of such a backend.
struct PinnedAsItIs : at::PrivateUse1HooksInterface {
  at::Allocator* getPinnedMemoryAllocator() const override { return c10::GetDefaultCPUAllocator(); }
};

}  // namespace

Gpu open_gpu(int, const GpuUse& use) {
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(!use.fast, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(false);
  context.setSDPUseCuDNN(false);
  if (const char* const bytes = std::getenv("LOCKSTEP_EMULATED_GPU_BYTES"))
    test::emulated::limit_memory(std::atoll(bytes));
  static PinnedAsItIs hooks;
  if (!at::isPrivateUse1HooksRegistered()) {
    c10::register_privateuse1_backend("emulated");
    at::RegisterPrivateUse1HooksInterface(&hooks);
  }
  return {.address = "emulated", .name = "emulated GPU", .has_bf16 = true};
}

GpuGraphMemory new_gpu_graph_memory() { return {}; }
std::unique_ptr<GpuGraph> record_gpu_graph(const GpuGraphMemory&,
                                           const std::function<void()>& work) {
  return std::make_unique<Repetition>(work);
}

std::unique_ptr<PinnedMemory> pin_memory(void*, std::size_t) {
  return std::make_unique<PinnedMemory>();
}
std::unique_ptr<HostCopy> start_host_copy(const std::vector<HostCopyPiece>& pieces) {
  for (const HostCopyPiece& piece : pieces)
    std::memcpy(piece.to, piece.from, piece.count * sizeof(float));
  return std::make_unique<DoneCopy>();
}

std::unique_ptr<GpuMark> make_gpu_mark() { return std::make_unique<SetMark>(); }
std::unique_ptr<SideStream> make_side_stream(StreamPriority) {
  return std::make_unique<OnlyStream>();
}

void start_kernel_times() {}
void await_kernels() {}
std::vector<KernelTime> take_kernel_times() { return {}; }

namespace cuda {

CUstream_st* current_stream() { return nullptr; }
void check_launch(const char*) {}

}  // namespace cuda
}  // namespace lockstep
