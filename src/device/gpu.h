// SPDX-License-Identifier: Apache-2.0
// The GPU that this process computes on. Another build option is another source file: without CUDA
// it is gpu_unavailable.cpp that is compiled, and every function says so.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace lockstep {

struct GpuUse {
  bool tf32 = false;  // products of float32 in TF32
  bool fast = false;  // the fastest attention, and not the one whose gradients are always the same
};

struct Gpu {
  c10::Device device = c10::Device(c10::DeviceType::CPU);
  std::string address;  // on the bus of its host: one for all parts of a chip (MIG)
  std::string name;     // "NVIDIA H100 80GB HBM3"
  bool has_bf16 = false;
};

// Makes the GPU with the number of this rank among those of its machine, modulo the GPUs that are
// there, the one of this process, and the calling thread work on a stream of its own from now on.
// Throws Error(usage) if the build has no CUDA, or the machine no GPU that works, or one older than
// Ampere.
Gpu open_gpu(int local_rank, const GpuUse& use);

}  // namespace lockstep
