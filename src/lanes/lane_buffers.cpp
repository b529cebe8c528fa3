// SPDX-License-Identifier: Apache-2.0
#include "lanes/lane_buffers.h"

#include <utility>

namespace lockstep {

std::size_t buffer_stride(std::int64_t elements) {
  constexpr std::size_t kPage = 1024;
  return (as_size(elements) + kPage - 1) / kPage * kPage;
}

std::size_t LaneBuffers::count(const LaneFold& fold, std::int64_t elements) {
  return fold.buffers * buffer_stride(elements);
}

LaneBuffers::LaneBuffers(std::unique_ptr<SharedWindow> window, const LaneFold& fold,
                         std::int64_t elements, const ElementRange& shard)
    : window_(std::move(window)), elements_(elements), shard_(shard) {
  if (fold.buffers == 0) sum_without_buffers_.emplace(as_size(shard.count()));
}

std::span<float> LaneBuffers::buffer(std::size_t index) {
  return window_->mine().subspan(index * buffer_stride(elements_), as_size(elements_));
}

std::span<float> LaneBuffers::sum() {
  return sum_without_buffers_ ? *sum_without_buffers_ : part_of(buffer(0), shard_);
}

}  // namespace lockstep
