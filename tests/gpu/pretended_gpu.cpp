// SPDX-License-Identifier: Apache-2.0
// liblockstep_pretended_gpu.so, preloaded where there is no GPU: CUDA finds one, of the compute
// capability LOCKSTEP_PRETENDED_CAPABILITY, and cannot open it.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::snprintf(properties->name, sizeof(properties->name), "pretended GPU");
  properties->major = std::atoi(std::getenv("LOCKSTEP_PRETENDED_CAPABILITY"));
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int) { return cudaErrorDevicesUnavailable; }

}  // extern "C"
