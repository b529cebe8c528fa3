// SPDX-License-Identifier: Apache-2.0
// Memory that begins at a multiple of a page, a line of the cache or a register.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace lockstep {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

template <class Number>
using AlignedMemory = std::unique_ptr<Number, FreeMemory>;

// `alignment` is a power of two. Throws std::bad_alloc.
template <class Number>
AlignedMemory<Number> aligned_memory(std::size_t count, std::size_t alignment) {
  const std::size_t bytes = count * sizeof(Number);
  AlignedMemory<Number> memory(
      static_cast<Number*>(std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment)));
  if (!memory) throw std::bad_alloc();
  return memory;
}

// The same as zeros, every page of it touched.
template <class Number>
AlignedMemory<Number> aligned_zeros(std::size_t count, std::size_t alignment) {
  AlignedMemory<Number> memory = aligned_memory<Number>(count, alignment);
  std::memset(memory.get(), 0, count * sizeof(Number));
  return memory;
}

}  // namespace lockstep
