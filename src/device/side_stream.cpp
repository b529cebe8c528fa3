// SPDX-License-Identifier: Apache-2.0
#include "device/side_stream.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "device/kernel_launch.h"

namespace lockstep {
namespace {

bool is_recording(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  C10_CUDA_CHECK(cudaStreamIsCapturing(stream, &status));
  return status == cudaStreamCaptureStatusActive;
}

class EventMark : public GpuMark {
 public:
  EventMark() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~EventMark() override { cudaEventDestroy(event_); }
  EventMark(const EventMark&) = delete;
  EventMark& operator=(const EventMark&) = delete;

  void set() override {
    // External: a node of the graph, and not an edge within it.
    const cudaStream_t stream = cuda::current_stream();
    C10_CUDA_CHECK(cudaEventRecordWithFlags(
        event_, stream, is_recording(stream) ? cudaEventRecordExternal : cudaEventRecordDefault));
  }
  void wait() override {
    const cudaStream_t stream = cuda::current_stream();
    C10_CUDA_CHECK(cudaStreamWaitEvent(
        stream, event_, is_recording(stream) ? cudaEventWaitExternal : cudaEventWaitDefault));
  }
  bool is_reached() override {
    const cudaError_t status = cudaEventQuery(event_);
    if (status != cudaErrorNotReady) C10_CUDA_CHECK(status);
    return status == cudaSuccess;
  }
  void await() override { C10_CUDA_CHECK(cudaEventSynchronize(event_)); }

 private:
  cudaEvent_t event_ = nullptr;
};

class PoolStream : public SideStream {
 public:
  explicit PoolStream(StreamPriority priority)
      : stream_(c10::cuda::getStreamFromPool(priority == StreamPriority::high)) {}

  void follow() override { wait(stream_, c10::cuda::getCurrentCUDAStream()); }
  void join() override { wait(c10::cuda::getCurrentCUDAStream(), stream_); }
  void run(const std::function<void()>& work) override {
    const c10::cuda::CUDAStreamGuard guard(stream_);
    work();
  }
  CUstream_st* handle() override { return stream_.stream(); }

 private:
  static void wait(const c10::cuda::CUDAStream& later, const c10::cuda::CUDAStream& earlier) {
    at::cuda::CUDAEvent event;
    event.record(earlier);
    event.block(later);
  }

  const c10::cuda::CUDAStream stream_;
};

}  // namespace

std::unique_ptr<GpuMark> make_gpu_mark() { return std::make_unique<EventMark>(); }
std::unique_ptr<SideStream> make_side_stream(StreamPriority priority) {
  return std::make_unique<PoolStream>(priority);
}

}  // namespace lockstep
