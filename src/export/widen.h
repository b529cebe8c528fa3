// SPDX-License-Identifier: Apache-2.0
// Numbers of 16 bits as float32: each has its exact value there.
#pragma once

#include <cstddef>
#include <span>

#include "export/pt_value.h"

namespace lockstep {

// Whether every number of this type is a float32 too: float32, float16 and bfloat16.
bool fits_in_float32(PtDtype dtype);

// `source` has as many elements of `dtype`, little-endian. REQUIRES: float16 or bfloat16. A NaN
// stays one, with the bits it had in front.
void widen(PtDtype dtype, std::span<const std::byte> source, std::span<float> destination);

}  // namespace lockstep
