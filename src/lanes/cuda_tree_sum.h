// SPDX-License-Identifier: Apache-2.0
// TreeSum::add() on a GPU.
#pragma once

#include <span>

#include "lanes/tree_sum.h"

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep::cuda {

// destination[i] becomes the sum of the sources' i-th numbers, to the bits of TreeSum::add(), as
// work of `stream`. Throws Error(usage) for more sources than a kernel takes (1,024).
void add_along_tree(const TreeSum& sum, std::span<const float* const> sources,
                    std::span<float> destination, CUstream_st* stream);

}  // namespace lockstep::cuda
