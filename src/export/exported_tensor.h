// SPDX-License-Identifier: Apache-2.0
// A tensor of an exported model, and what of the checkpoint it is made from.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tensors/flat_layout.h"

namespace lockstep {

struct ExportedTensor {
  TensorSpec spec;                   // as it is in the exported file
  std::optional<std::size_t> place;  // of its source in the layout; absent: zeros
  bool is_transposed = false;        // the source is a matrix of the shape the other way round
  friend bool operator==(const ExportedTensor&, const ExportedTensor&) = default;
};

// Every parameter under its own name and in its own shape.
inline std::vector<ExportedTensor> tensors_as_they_are(const FlatLayout& layout) {
  std::vector<ExportedTensor> tensors;
  for (const FlatTensor& tensor : layout.tensors())
    tensors.push_back({.spec = tensor.spec, .place = tensors.size()});
  return tensors;
}

}  // namespace lockstep
