// SPDX-License-Identifier: Apache-2.0
// Where everything is in a safetensors file, from names and shapes alone. Pure. FORMAT.md has the
// definition.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensors/flat_layout.h"

namespace lockstep {

inline constexpr std::int64_t kElementBytes = sizeof(float);

// Texts that the file carries besides its tensors, in order.
using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

struct SafetensorsLayout {
  std::string header;                 // all that precedes the first tensor
  std::vector<std::int64_t> offsets;  // of each tensor, in bytes from the beginning of the file
  std::int64_t file_bytes = 0;
};

// All tensors are float32, one after the other without padding. Throws Error(checkpoint) for a name
// that the format cannot have. REQUIRES: no two names are equal.
SafetensorsLayout safetensors_layout(const std::vector<TensorSpec>& tensors,
                                     const SafetensorsMetadata& metadata);

}  // namespace lockstep
