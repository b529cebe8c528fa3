// SPDX-License-Identifier: Apache-2.0
#include "comm/private_window.h"

#include "base/aligned_memory.h"

namespace lockstep {
namespace {

constexpr std::size_t kAlignment = 64;  // a line of the cache, and a register of any processor

class PrivateWindow : public SharedWindow {
 public:
  explicit PrivateWindow(std::size_t count)
      : values_(aligned_zeros<float>(count, kAlignment)), count_(count) {}
  std::span<float> mine() override { return {values_.get(), count_}; }
  std::optional<std::span<const float>> of(int /*rank*/) const override { return std::nullopt; }

 private:
  AlignedMemory<float> values_;
  std::size_t count_;
};

}  // namespace

std::unique_ptr<SharedWindow> make_private_window(std::size_t count) {
  return std::make_unique<PrivateWindow>(count);
}

}  // namespace lockstep
