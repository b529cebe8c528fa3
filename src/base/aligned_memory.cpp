// SPDX-License-Identifier: Apache-2.0
#include "base/aligned_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace lockstep {
namespace {

constexpr std::size_t kLargePage = 2 << 20;

// A wish: where the system has no such pages, it gives others. Their edges are the system's to
// find, but it takes whole small pages only.
void wish_for_large_pages(std::byte* memory, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  const std::size_t before = (kPage - reinterpret_cast<std::uintptr_t>(memory) % kPage) % kPage;
  static_cast<void>(::madvise(memory + before, bytes - before, MADV_HUGEPAGE));
}

}  // namespace

void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  void* const memory = std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  if (bytes >= 2 * kLargePage) wish_for_large_pages(static_cast<std::byte*>(memory), bytes);
  return memory;
}

}  // namespace lockstep
