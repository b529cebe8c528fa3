// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no CUDA.
#include "base/error.h"
#include "model/operations.h"

namespace lockstep {

std::unique_ptr<TrainingOperations> make_cuda_operations(const Placement&, std::int64_t) {
  throw Error(ErrorKind::usage, "computing on a GPU: this build has no CUDA; use --device cpu");
}

std::string cuda_attention_name(const Placement&, const ModelConfig&) {
  throw Error(ErrorKind::usage, "computing on a GPU: this build has no CUDA; use --device cpu");
}

}  // namespace lockstep
