// SPDX-License-Identifier: Apache-2.0
#include "device/host_copy.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

#include <string>

#include "base/error.h"

namespace lockstep {
namespace {

class RegisteredMemory : public PinnedMemory {
 public:
  RegisteredMemory(void* start, std::size_t bytes) : start_(start) {
    const cudaError_t status = cudaHostRegister(start, bytes, cudaHostRegisterPortable);
    if (status != cudaSuccess)
      throw Error(ErrorKind::internal, "pinning " + std::to_string(bytes) +
                                           " bytes of host memory for copies from the GPU: " +
                                           cudaGetErrorString(status));
  }
  ~RegisteredMemory() override { cudaHostUnregister(start_); }
  RegisteredMemory(const RegisteredMemory&) = delete;
  RegisteredMemory& operator=(const RegisteredMemory&) = delete;

 private:
  void* start_;
};

class StreamCopy : public HostCopy {
 public:
  explicit StreamCopy(const std::vector<HostCopyPiece>& pieces) {
    static const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
    at::cuda::CUDAEvent computed;
    computed.record(c10::cuda::getCurrentCUDAStream());
    computed.block(stream);
    for (const HostCopyPiece& piece : pieces)
      C10_CUDA_CHECK(cudaMemcpyAsync(piece.to, piece.from, piece.count * sizeof(float),
                                     cudaMemcpyDeviceToHost, stream.stream()));
    copied_.record(stream);
  }

  bool is_done() override { return copied_.query(); }
  void wait() override { copied_.synchronize(); }
  void hold_back_work() override { copied_.block(c10::cuda::getCurrentCUDAStream()); }

 private:
  at::cuda::CUDAEvent copied_;
};

}  // namespace

std::unique_ptr<PinnedMemory> pin_memory(void* start, std::size_t bytes) {
  return std::make_unique<RegisteredMemory>(start, bytes);
}

std::unique_ptr<HostCopy> start_host_copy(const std::vector<HostCopyPiece>& pieces) {
  return std::make_unique<StreamCopy>(pieces);
}

}  // namespace lockstep
