// SPDX-License-Identifier: Apache-2.0
// How long each kernel of the GPU takes, as the GPU itself measures it (CUPTI).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

struct KernelTime {
  std::string kernel;
  std::int64_t runs = 0;
  double seconds = 0.0;  // of all runs
};

// THREADS: the thread that computes. Everything on the GPU slows down a little between the two.
void start_kernel_times();
// Waits for what was started. Taking the times takes a while: whoever measures the time of all does
// it in between.
void await_kernels();
// The longest first.
std::vector<KernelTime> take_kernel_times();

}  // namespace lockstep
