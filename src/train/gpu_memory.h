// SPDX-License-Identifier: Apache-2.0
// What is told where the memory of a GPU does not suffice.
#pragma once

#include <string>

#include "base/error.h"

namespace lockstep {

// `doing`: "computing a lane of 8 sequences". `found`: LibTorch's own account.
inline Error too_little_gpu_memory(const std::string& doing, const std::string& found) {
  return Error(ErrorKind::usage,
               doing + ": the GPU has not enough memory (" + found +
                   "); cut the batch into more --lanes, or give a smaller --batch-size");
}

}  // namespace lockstep
