// SPDX-License-Identifier: Apache-2.0
// Sums over the rows of a matrix, in an order that depends on its shape alone: first over groups of
// rows, then over the groups. Kernels that pass over a matrix anyway leave the sums of groups
// behind, and sum_groups() finishes them.
#pragma once

#include "model/cuda/element.h"

namespace lockstep::cuda {

// Into how many groups `rows` rows are cut: row r is of group r mod groups.
std::int64_t group_count(std::int64_t rows);

// sum[m] becomes, or grows by, the sum over g of groups[g * stride + m], for m < columns.
void sum_groups(const float* groups, std::int64_t count, std::int64_t stride, std::int64_t columns,
                float* sum, Into into, Stream stream);

// groups [group_count(rows), columns] float32 becomes the sums of the groups of `matrix` [rows,
// columns].
void sum_rows_in_groups(Element element, const void* matrix, std::int64_t rows,
                        std::int64_t columns, float* groups, Stream stream);

}  // namespace lockstep::cuda
