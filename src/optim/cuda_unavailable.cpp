// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no CUDA: nothing is on a GPU there.
#include "base/error.h"
#include "optim/cuda_kernels.h"

namespace lockstep::cuda {

void update(const AdamWFactors&, const double*, const DecayRuns&, const AdamWArrays&) {
  throw Error(ErrorKind::internal, "updating parameters on a GPU: this build has no CUDA");
}

void chunk_square_sums(const at::Tensor&, const at::Tensor&) {
  throw Error(ErrorKind::internal, "summing squares on a GPU: this build has no CUDA");
}

void sum_up_step(const at::Tensor&, const StepTerms&, double, const at::Tensor&) {
  throw Error(ErrorKind::internal, "summing up a step on a GPU: this build has no CUDA");
}

}  // namespace lockstep::cuda
