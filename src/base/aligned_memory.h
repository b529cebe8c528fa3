// SPDX-License-Identifier: Apache-2.0
// Memory that begins at a multiple of a page, a line of the cache or a register.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace lockstep {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

template <class Number>
using AlignedMemory = std::unique_ptr<Number, FreeMemory>;

// Asks the system for pages of 2 MiB where there is room for some: those who go over all of it, or
// have a disk read from it, meet fewer. For std::free. Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes, std::size_t alignment);

// `alignment` is a power of two. Throws std::bad_alloc.
template <class Number>
AlignedMemory<Number> aligned_memory(std::size_t count, std::size_t alignment) {
  return AlignedMemory<Number>(
      static_cast<Number*>(allocate_aligned(count * sizeof(Number), alignment)));
}

// The same as zeros, every page of it touched.
template <class Number>
AlignedMemory<Number> aligned_zeros(std::size_t count, std::size_t alignment) {
  AlignedMemory<Number> memory = aligned_memory<Number>(count, alignment);
  std::memset(memory.get(), 0, count * sizeof(Number));
  return memory;
}

}  // namespace lockstep
