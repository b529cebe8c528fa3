// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/beside.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "model/cuda/element.h"

namespace lockstep::cuda {
namespace {

c10::cuda::CUDAStream stream_beside() {
  static const c10::cuda::CUDAStream stream =
      c10::cuda::getStreamFromPool(/*isHighPriority=*/true);  // as what it is beside
  return stream;
}

}  // namespace

void enter_gpu() {
  thread_local bool entered = false;
  if (!entered) cudaFree(nullptr);
  entered = true;
}

class Beside::Guard {
 public:
  c10::cuda::CUDAStreamGuard stream{stream_beside()};
};

Beside::Beside(std::int64_t rows, std::initializer_list<at::Tensor> used) {
  if (rows > kMostRowsBeside) return;
  at::cuda::CUDAEvent ready;
  ready.record();
  ready.block(stream_beside());
  for (const at::Tensor& tensor : used)
    if (tensor.defined())
      c10::cuda::CUDACachingAllocator::recordStream(tensor.storage().data_ptr(), stream_beside());
  guard_ = std::make_unique<Guard>();
}

Beside::~Beside() = default;

void wait_for_work_beside() {
  // A graph knows the other stream only if it has come from this one, even if nothing is there.
  at::cuda::CUDAEvent begun;
  begun.record();
  begun.block(stream_beside());
  at::cuda::CUDAEvent done;
  done.record(stream_beside());
  done.block(c10::cuda::getCurrentCUDAStream());
}

}  // namespace lockstep::cuda
