// SPDX-License-Identifier: Apache-2.0
// device/ on the emulated GPU, whose memory is the host's.
#include <ATen/Context.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/CPUAllocator.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "device/gpu.h"
#include "device/gpu_graph.h"
#include "device/host_copy.h"
#include "device/kernel_launch.h"
#include "device/kernel_times.h"
#include "device/side_stream.h"
#include "gpu/emulated/memory.h"
#include "gpu/emulated/streams.h"

namespace lockstep {
namespace {

namespace emulated = test::emulated;

// Records nothing but what to do. A real one starts the same kernels with the same arguments.
class Repetition : public GpuGraph {
 public:
  explicit Repetition(std::function<void()> work) : work_(std::move(work)) {}
  void start() override { emulated::expect_all_joined(work_); }

 private:
  std::function<void()> work_;
};

// Whether a point is reached, for those who ask again and again: not until they have asked a few
// times.
class Patience {
 public:
  bool is_reached(const emulated::Point& point) {
    constexpr int kAskedInVain = 3;
    if (emulated::is_reached(point)) return true;
    if (++asked_ <= kAskedInVain) return false;
    emulated::reach(point);
    return true;
  }

 private:
  int asked_ = 0;
};

emulated::Stream* stream_of_copies() {
  static emulated::Stream* const stream = emulated::new_stream();
  return stream;
}

class LateCopy : public HostCopy {
 public:
  explicit LateCopy(const std::vector<HostCopyPiece>& pieces) {
    emulated::let_wait(stream_of_copies(), emulated::point_of(emulated::current_stream()));
    emulated::start_on(stream_of_copies(), [pieces] {
      for (const HostCopyPiece& piece : pieces)
        std::memcpy(piece.to, piece.from, piece.count * sizeof(float));
    });
    copied_ = emulated::point_of(stream_of_copies());
  }

  bool is_done() override { return patience_.is_reached(copied_); }
  void wait() override { emulated::reach(copied_); }
  void hold_back_work() override { emulated::wait_here_for(copied_); }

 private:
  emulated::Point copied_;
  Patience patience_;
};

// A copy to memory that the GPU may no longer write to is an error there, at some later time.
class LentMemory : public PinnedMemory {
 public:
  ~LentMemory() override {
    if (emulated::is_idle(stream_of_copies())) return;
    std::fputs(
        "the emulated GPU: pinned memory is taken back while copies to it are on their way\n",
        stderr);
    std::abort();
  }
};

class LateMark : public GpuMark {
 public:
  void set() override {
    set_ = emulated::point_of(emulated::current_stream());
    patience_ = {};
  }
  void wait() override { emulated::wait_here_for(set_); }
  bool is_reached() override { return patience_.is_reached(set_); }
  void await() override { emulated::reach(set_); }

 private:
  emulated::Point set_;
  Patience patience_;
};

class LateStream : public SideStream {
 public:
  void follow() override {
    emulated::let_wait(stream_, emulated::point_of(emulated::current_stream()));
  }
  void join() override { emulated::wait_here_for(emulated::point_of(stream_)); }
  void run(const std::function<void()>& work) override {
    const emulated::OnStream here(stream_);
    work();
  }
  CUstream_st* handle() override { return stream_; }

 private:
  emulated::Stream* const stream_ = emulated::new_stream();
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
  emulated::give_out_memory();
  emulated::let_operations_follow_streams();
  if (const char* const bytes = std::getenv("LOCKSTEP_EMULATED_GPU_BYTES"))
    emulated::limit_memory(std::atoll(bytes));
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
  return std::make_unique<LentMemory>();
}
std::unique_ptr<HostCopy> start_host_copy(const std::vector<HostCopyPiece>& pieces) {
  return std::make_unique<LateCopy>(pieces);
}

std::unique_ptr<GpuMark> make_gpu_mark() { return std::make_unique<LateMark>(); }
std::unique_ptr<SideStream> make_side_stream(StreamPriority) {
  return std::make_unique<LateStream>();
}

void start_kernel_times() {}
void await_kernels() {}
std::vector<KernelTime> take_kernel_times() { return {}; }

namespace cuda {

CUstream_st* current_stream() { return emulated::current_stream(); }
void check_launch(const char*) {}

}  // namespace cuda
}  // namespace lockstep
