// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>

#include <mutex>
#include <tuple>
#include <vector>

#include "model/attention.h"
#include "model/cuda/attention_pass.h"
#include "model/cuda/element.h"

namespace lockstep::cuda {
namespace {

class FlashPass : public AttentionPass {
 public:
  FlashPass(std::int64_t heads, double dropout) : heads_(heads), dropout_(dropout) {}

  at::Tensor forward(const at::Tensor& qkv, bool has_backward) override {
    const std::vector<at::Tensor> parts = qkv.split(qkv.size(2) / 3, 2);
    auto outputs = at::_scaled_dot_product_flash_attention(
        by_head(parts[0], heads_), by_head(parts[1], heads_), by_head(parts[2], heads_), dropout_,
        /*is_causal=*/true);
    const at::Tensor mixed = std::get<0>(outputs);
    if (has_backward) {
      qkv_ = qkv;
      mixed_ = mixed;
      logsumexp_ = std::get<1>(outputs);
      random_state_ = std::get<6>(outputs);
      unused_ = std::get<7>(outputs);
    }
    return joined_heads(mixed).contiguous();
  }

  ProjectionGradient backward(const at::Tensor& grad_BTC) override {
    const std::int64_t T = grad_BTC.size(1);
    const std::int64_t C = grad_BTC.size(2);
    const std::vector<at::Tensor> parts = qkv_.split(C, 2);
    const auto [grad_q, grad_k, grad_v] = at::_scaled_dot_product_flash_attention_backward(
        by_head(grad_BTC, heads_), by_head(parts[0], heads_), by_head(parts[1], heads_),
        by_head(parts[2], heads_), mixed_, logsumexp_, {}, {}, T, T, dropout_, /*is_causal=*/true,
        random_state_, unused_);
    return joined_gradient(grad_q, grad_k, grad_v);
  }

 private:
  const std::int64_t heads_;
  const double dropout_;
  at::Tensor qkv_, mixed_, logsumexp_, random_state_, unused_;
};

}  // namespace

bool has_flash_attention(std::int64_t head_width) {
  constexpr std::int64_t kWidest = 256;
  return head_width % kVector == 0 && head_width <= kWidest;
}

std::unique_ptr<AttentionPass> new_flash_pass(std::int64_t heads, double dropout) {
  return std::make_unique<FlashPass>(heads, dropout);
}

void seed_library_dropout(const c10::Device& device, std::uint64_t seed) {
  at::Generator generator = at::cuda::detail::getDefaultCUDAGenerator(device.index());
  const std::lock_guard lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace lockstep::cuda
