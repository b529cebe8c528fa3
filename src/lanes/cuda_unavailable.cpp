// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no CUDA: no gradients are on a GPU there.
#include "base/error.h"
#include "lanes/cuda_tree_sum.h"

namespace lockstep::cuda {

void add_along_tree(const TreeSum&, std::span<const float* const>, std::span<float>, CUstream_st*) {
  throw Error(ErrorKind::internal, "adding gradients on a GPU: this build has no CUDA");
}

}  // namespace lockstep::cuda
