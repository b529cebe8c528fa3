// SPDX-License-Identifier: Apache-2.0
#include "gpu/emulated/memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace lockstep::test::emulated {
namespace {

constexpr int kNaN = 0xff;  // as every byte of a number

class StreamAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const place = take(bytes);
    return {place, place, &free, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  void limit(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    most_ = free_ = bytes;
  }

  void keep_for(Stream* stream, const void* place) {
    const std::lock_guard lock(mutex_);
    if (const auto found = taken_.find(place); found != taken_.end())
      found->second.users.push_back(stream);
  }

 private:
  struct Block {
    std::size_t bytes = 0;
    std::vector<Stream*> users;  // besides the thread's own
  };

  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::int64_t>(bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, count <= free_, "CUDA out of memory. Tried to allocate ",
                     count, " bytes. GPU 0 has a total capacity of ", most_, " bytes of which ",
                     free_, " bytes is free. Of the allocated memory ", most_ - free_,
                     " bytes is allocated by PyTorch.");
    void* const place = c10::alloc_cpu(bytes);
    if (place == nullptr) return nullptr;
    Block& block = taken_[place];
    block = {.bytes = bytes, .users = {}};
    if (current_stream() != nullptr) block.users.push_back(current_stream());
    free_ -= count;
    return place;
  }

  static void free(void* place);
  void give_back(void* place) {
    std::vector<Stream*> users;
    {
      const std::lock_guard lock(mutex_);
      const auto found = taken_.find(place);
      if (found == taken_.end()) return;
      users.swap(found->second.users);
      std::erase_if(users, is_idle);
      if (users.empty()) {
        free_ += static_cast<std::int64_t>(found->second.bytes);
        std::memset(place, kNaN, found->second.bytes);
        taken_.erase(found);
      }
    }
    if (users.empty())
      c10::free_cpu(place);
    else
      free_after(users, place);
  }
  // As work of the last of them, which waits for the others.
  static void free_after(const std::vector<Stream*>& users, void* place) {
    Stream* const last = users.back();
    for (Stream* const stream : users)
      if (stream != last) let_wait(last, point_of(stream));
    start_on(last, [place] { free(place); });
  }

  std::mutex mutex_;
  std::int64_t most_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t free_ = most_;
  std::unordered_map<const void*, Block> taken_;
};

// Outlives all tensors.
StreamAllocator& allocator() {
  static auto* const only = new StreamAllocator;
  return *only;
}

void StreamAllocator::free(void* place) { allocator().give_back(place); }

}  // namespace

void give_out_memory() { c10::SetCPUAllocator(&allocator(), /*priority=*/1); }

void limit_memory(std::int64_t bytes) { allocator().limit(bytes); }

void keep_memory_for(Stream* stream, const void* place) { allocator().keep_for(stream, place); }

}  // namespace lockstep::test::emulated
