// SPDX-License-Identifier: Apache-2.0
#include "comm/private_window.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace lockstep {
namespace {

constexpr std::size_t kAlignment = 64;  // a line of the cache, and a register of any processor

struct Free {
  void operator()(float* values) const { std::free(values); }
};

class PrivateWindow : public SharedWindow {
 public:
  explicit PrivateWindow(std::size_t count)
      : values_(static_cast<float*>(std::aligned_alloc(kAlignment, bytes_for(count)))),
        count_(count) {
    if (values_ == nullptr) throw std::bad_alloc();
    std::fill_n(values_.get(), count, 0.0F);
  }
  std::span<float> mine() override { return {values_.get(), count_}; }
  std::optional<std::span<const float>> of(int /*rank*/) const override { return std::nullopt; }

 private:
  static std::size_t bytes_for(std::size_t count) {
    return (count * sizeof(float) / kAlignment + 1) * kAlignment;
  }

  std::unique_ptr<float, Free> values_;
  std::size_t count_;
};

}  // namespace

std::unique_ptr<SharedWindow> make_private_window(std::size_t count) {
  return std::make_unique<PrivateWindow>(count);
}

}  // namespace lockstep
