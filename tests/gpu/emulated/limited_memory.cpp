// SPDX-License-Identifier: Apache-2.0
#include "gpu/emulated/limited_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>

#include <mutex>
#include <string>
#include <unordered_map>

namespace lockstep::test::emulated {
namespace {

class LimitedAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const place = take(bytes);
    return {place, place, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  void limit(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    most_ = free_ = bytes;
  }

 private:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::int64_t>(bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, count <= free_, "CUDA out of memory. Tried to allocate ",
                     count, " bytes. GPU 0 has a total capacity of ", most_, " bytes of which ",
                     free_, " bytes is free. Of the allocated memory ", most_ - free_,
                     " bytes is allocated by PyTorch.");
    void* const place = c10::alloc_cpu(bytes);
    if (place == nullptr) return nullptr;
    taken_[place] = count;
    free_ -= count;
    return place;
  }
  static void give_back(void* place);

  std::mutex mutex_;
  std::int64_t most_ = 0;
  std::int64_t free_ = 0;
  std::unordered_map<void*, std::int64_t> taken_;
};

// Outlives all tensors.
LimitedAllocator& allocator() {
  static auto* const only = new LimitedAllocator;
  return *only;
}

void LimitedAllocator::give_back(void* place) {
  LimitedAllocator& self = allocator();
  const std::lock_guard lock(self.mutex_);
  const auto found = self.taken_.find(place);
  if (found == self.taken_.end()) return;
  self.free_ += found->second;
  self.taken_.erase(found);
  c10::free_cpu(place);
}

}  // namespace

void limit_memory(std::int64_t bytes) {
  allocator().limit(bytes);
  c10::SetCPUAllocator(&allocator(), /*priority=*/1);
}

}  // namespace lockstep::test::emulated
