// SPDX-License-Identifier: Apache-2.0
// Sums over the rows of a matrix, in an order that depends on its shape alone: first over groups of
// rows, then over the groups. Kernels that pass over a matrix anyway leave the sums of groups
// behind, and sum_groups() finishes them.
#pragma once

#include "model/cuda/element.h"

namespace lockstep::cuda {

// Into how many groups `rows` rows are cut: row r is of group r mod groups.
inline constexpr std::int64_t kMostGroups = 512;
std::int64_t group_count(std::int64_t rows, std::int64_t most = kMostGroups);

// Up to three sums at once, over `groups` [count, sums, columns]: sums[s][m] becomes the sum over
// all groups; null where that is not wanted.
inline constexpr int kMostSums = 3;
struct GroupSums {
  const float* groups = nullptr;
  std::int64_t count = 0;
  std::int64_t columns = 0;
  int sums = 1;
  float* into[kMostSums] = {};
};
void sum_groups(const GroupSums& sums, Stream stream);

// groups [group_count(rows), columns] float32 becomes the sums of the groups of `matrix` [rows,
// columns].
void sum_rows_in_groups(Element element, const void* matrix, std::int64_t rows,
                        std::int64_t columns, float* groups, Stream stream);

}  // namespace lockstep::cuda
