// SPDX-License-Identifier: Apache-2.0
#include "device/kernel_launch.h"

#include <c10/cuda/CUDAStream.h>

#include <string>

#include "base/error.h"

namespace lockstep::cuda {

CUstream_st* current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

void check_launch(const char* kernel) {
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess)
    throw Error(ErrorKind::internal,
                std::string("starting ") + kernel + " on the GPU: " + cudaGetErrorString(status));
}

}  // namespace lockstep::cuda
