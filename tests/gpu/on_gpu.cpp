// SPDX-License-Identifier: Apache-2.0
#include "gpu/on_gpu.h"

#include <ATen/ATen.h>

#include "device/gpu.h"
#include "model/init.h"

namespace lockstep::test {

Placement gpu_placement(at::ScalarType compute) {
  static const Gpu gpu = open_gpu(0, {});
  return {.device = gpu.device, .compute = compute};
}

bool has_streams() { return gpu_placement(at::kFloat).device.is_cuda(); }

ModelConfig small_model(double dropout) {
  return {.vocab_size = 211,
          .n_layer = 2,
          .n_head = 2,
          .n_embd = 64,
          .block_size = 24,
          .dropout = dropout,
          .bias = true};
}

Gpt make_model(const ModelConfig& config, double scale) {
  Gpt model(config);
  initialize(model.parameters(), config, 1337);
  at::manual_seed(5);
  model.parameters().values() += at::randn_like(model.parameters().values()) * scale;
  return model;
}

at::Tensor some_ids(std::int64_t B, std::int64_t T, std::int64_t vocabulary, std::uint64_t seed) {
  at::manual_seed(seed);
  return at::randint(vocabulary, {B, T}, at::kLong);
}

double difference(const at::Tensor& one, const at::Tensor& right) {
  const at::Tensor exact = right.cpu().to(at::kDouble);
  const double largest = exact.abs().max().item<double>();
  return (one.cpu().to(at::kDouble) - exact).abs().max().item<double>() / (largest + 1e-30);
}

}  // namespace lockstep::test
