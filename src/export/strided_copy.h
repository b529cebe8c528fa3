// SPDX-License-Identifier: Apache-2.0
// Gathers the elements of a strided view into row-major order, on bytes.
#pragma once

#include <cstddef>
#include <span>

#include "export/pt_value.h"

namespace lockstep {

bool is_row_major(const PtTensor& tensor);

// From the first element of the view to one past its last, in elements; 0 for a view of none.
std::int64_t view_extent(const PtTensor& tensor);

// `view` begins at the tensor's first element and holds view_extent elements.
void copy_row_major(const PtTensor& tensor, std::span<const std::byte> view,
                    std::span<std::byte> destination);

}  // namespace lockstep
