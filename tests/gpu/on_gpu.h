// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share.
#pragma once

#include <ATen/core/Tensor.h>

#include "config/run_config.h"
#include "model/gpt.h"

namespace lockstep::test {

// Opens the GPU, the first time.
Placement gpu_placement(at::ScalarType compute);

// Whether work can go on beside other work there, which the emulated GPU does not play.
bool has_streams();

// A small model whose sizes meet every edge of the kernels: a vocabulary to be padded, rows that
// fill no block.
ModelConfig small_model(double dropout = 0.0);

// With values of a size at which every part of the model matters, in host memory.
Gpt make_model(const ModelConfig& config, double scale = 0.1);

// Token ids [B, T] below `vocabulary`, the same for the same seed.
at::Tensor some_ids(std::int64_t B, std::int64_t T, std::int64_t vocabulary, std::uint64_t seed);

// The largest difference, relative to the largest number of `right`.
double difference(const at::Tensor& one, const at::Tensor& right);

}  // namespace lockstep::test
