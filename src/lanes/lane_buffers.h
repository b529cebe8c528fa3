// SPDX-License-Identifier: Apache-2.0
// Where a rank adds up its lanes, and the sum over all lanes, in host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "comm/collectives.h"
#include "lanes/lane_tree.h"
#include "tensors/chunks.h"

namespace lockstep {

// From one buffer to the next so many numbers: every one begins a page.
std::size_t buffer_stride(std::int64_t elements);

class LaneBuffers {
 public:
  // What all buffers of the fold take, for `elements` of the flat space.
  static std::size_t count(const LaneFold& fold, std::int64_t elements);

  // `window`: of count() numbers.
  LaneBuffers(std::unique_ptr<SharedWindow> window, const LaneFold& fold, std::int64_t elements,
              const ElementRange& shard);

  std::span<float> buffer(std::size_t index);
  // [shard]. It lies in the first buffer where there is one.
  std::span<float> sum();
  SharedWindow& window() { return *window_; }

 private:
  const std::unique_ptr<SharedWindow> window_;
  const std::int64_t elements_;
  const ElementRange shard_;
  std::optional<std::vector<float>> sum_without_buffers_;
};

}  // namespace lockstep
