// SPDX-License-Identifier: Apache-2.0
// The sort of CUB, on the emulated GPU: by the lower bits of the keys, equal ones in their order.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <numeric>
#include <vector>

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
namespace cub {

struct DeviceRadixSort {
  static cudaError_t SortPairs(void* workspace, std::size_t& bytes, const int* keys,
                               int* sorted_keys, const int* values, int* sorted_values, int count,
                               int first_bit, int last_bit, CUstream_st* stream) {
    if (workspace == nullptr)
      bytes = 1;
    else
      lockstep::test::emulated::start_on(stream, [=] {
        sort(keys, sorted_keys, values, sorted_values, count, first_bit, last_bit);
      });
    return cudaSuccess;
  }

 private:
  static void sort(const int* keys, int* sorted_keys, const int* values, int* sorted_values,
                   int count, int first_bit, int last_bit) {
    const auto digits = [&](int i) { return (keys[i] & ((1LL << last_bit) - 1)) >> first_bit; };
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, digits);
    for (const int i : order) {
      *sorted_keys++ = keys[i];
      *sorted_values++ = values[i];
    }
  }
};

}  // namespace cub
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
