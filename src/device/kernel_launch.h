// SPDX-License-Identifier: Apache-2.0
// What everyone needs who starts kernels of ours. Defined in builds with CUDA only, as its callers
// are.
#pragma once

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep::cuda {

// The stream that this thread's operations of LibTorch go to.
CUstream_st* current_stream();

// Throws Error(internal) if the launch of a kernel failed.
void check_launch(const char* kernel);

}  // namespace lockstep::cuda
