// SPDX-License-Identifier: Apache-2.0
// An emulated GPU with little memory.
#pragma once

#include <cstdint>

namespace lockstep::test::emulated {

// From now on LibTorch's tensors take `bytes` more at most, together; whoever wants more hears what
// LibTorch says of a GPU whose memory is full. THREADS: any allocate.
void limit_memory(std::int64_t bytes);

}  // namespace lockstep::test::emulated
