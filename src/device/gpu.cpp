// SPDX-License-Identifier: Apache-2.0
#include "device/gpu.h"

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

int gpu_count() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  const std::string found =
      status == cudaSuccess ? sentence("there is none") : std::string(cudaGetErrorString(status));
  throw Error(ErrorKind::usage,
              sentence("looking for a GPU: {0}; use --device cpu, or see whether nvidia-smi finds "
                       "one and CUDA_VISIBLE_DEVICES names it",
                       {found}));
}

std::string address_of(const cudaDeviceProp& properties) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%08x:%02x:%02x", properties.pciDomainID,
                properties.pciBusID, properties.pciDeviceID);
  return text.data();
}

constexpr int kAmpere = 8;
constexpr int kHopper = 9;

// Our kernels are compiled for Ampere and what came after it.
void refuse_if_too_old(int index, const cudaDeviceProp& properties) {
  if (properties.major >= kAmpere) return;
  throw Error(ErrorKind::usage,
              sentence("opening GPU {0}: it is a {1} of compute capability {2}.{3}, and this "
                       "program needs 8.0 (Ampere) or newer; use --device cpu, or let "
                       "CUDA_VISIBLE_DEVICES name a newer one",
                       {index, properties.name, properties.major, properties.minor}));
}

// One that is there may be broken, full, or another process's alone. LibTorch would say so in a
// paragraph of its own, without what to do.
void enter(int index, const cudaDeviceProp& properties) {
  const cudaError_t status = cudaSetDevice(index);
  if (status == cudaSuccess) return;
  throw Error(
      ErrorKind::usage,
      sentence("opening GPU {0}, a {1}: {2}; see in nvidia-smi whether other processes have "
               "it, use --device cpu, or let CUDA_VISIBLE_DEVICES name another one",
               {index, properties.name, cudaGetErrorString(status)}));
}

void choose_algorithms(const GpuUse& use, const cudaDeviceProp& properties) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(use.tf32);
  context.setDeterministicAlgorithms(!use.fast, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(false);  // it would cost a pass over all memory
  context.setSDPUseFlash(true);
  context.setSDPUseMemEfficient(true);
  context.setSDPUseMath(true);
  // Elsewhere it is neither known to be faster, nor to give the same bits each time.
  context.setSDPUseCuDNN(properties.major == kHopper);
}

}  // namespace

Gpu open_gpu(int local_rank, const GpuUse& use) {
  // Before the first product: cuBLAS gives equal bits only with a workspace of a fixed size.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  const int count = gpu_count();
  const auto index = static_cast<c10::DeviceIndex>(local_rank % count);
  const cudaDeviceProp& properties = *at::cuda::getDeviceProperties(index);
  refuse_if_too_old(index, properties);
  enter(index, properties);
  c10::cuda::set_device(index);
  choose_algorithms(use, properties);
  // Graphs cannot be recorded on the default stream. What runs beside it is to fill the gaps.
  c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(/*isHighPriority=*/true));
  return {.device = c10::Device(c10::DeviceType::CUDA, index),
          .address = address_of(properties),
          .name = properties.name,
          .has_bf16 = true};
}

}  // namespace lockstep
