// SPDX-License-Identifier: Apache-2.0
// The memory of the emulated GPU, as LibTorch's allocator for a real one gives it out: by streams.
// What is freed is there at once for whoever is next on the stream that it was allocated on, and
// full of NaNs here, though other streams may not be done with it: unless one of them is named.
#pragma once

#include <cstdint>

#include "gpu/emulated/streams.h"

namespace lockstep::test::emulated {

// From now on LibTorch's tensors have their memory from here. THREADS: any allocate.
void give_out_memory();

// From now on they take `bytes` more at most, together; whoever wants more hears what LibTorch says
// of a GPU whose memory is full.
void limit_memory(std::int64_t bytes);

// The memory that begins at `place` stays as it is, once it is freed, until `stream` has done what
// it was given so far.
void keep_memory_for(Stream* stream, const void* place);

}  // namespace lockstep::test::emulated
