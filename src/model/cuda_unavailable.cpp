// SPDX-License-Identifier: Apache-2.0
// Compiled where the build has no CUDA.
#include "base/error.h"
#include "base/sentence.h"
#include "model/operations.h"

namespace lockstep {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::usage,
              sentence("computing on a GPU: this build has no CUDA; use --device cpu"));
}

}  // namespace

std::unique_ptr<TrainingOperations> make_cuda_operations(const Placement&, std::int64_t) {
  refuse();
}

std::string cuda_attention_name(const Placement&, const ModelConfig&) { refuse(); }

}  // namespace lockstep
