// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/attention_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <tuple>
#include <utility>

#include "model/attention.h"
#include "model/cuda/column_sum.h"
#include "model/cuda/join_heads.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

// What the backward pass needs of the forward pass.
struct Saved {
  at::Tensor x_BTC, qkv, mixed, logsumexp, random_state, unused;
  Linear linear;
  std::int64_t heads = 0;
  double dropout = 0.0;
};

class AttentionBackward : public torch::autograd::Node {
 public:
  explicit AttentionBackward(Saved saved) : saved_(std::move(saved)) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor& x_BTC = saved_.x_BTC;
    const std::int64_t T = x_BTC.size(1);
    const std::int64_t C = x_BTC.size(2);
    const std::int64_t rows = x_BTC.size(0) * T;
    const std::vector<at::Tensor> parts = saved_.qkv.split(C, 2);
    const auto [grad_q, grad_k, grad_v] = at::_scaled_dot_product_flash_attention_backward(
        by_head(upstreams[0], saved_.heads), by_head(parts[0], saved_.heads),
        by_head(parts[1], saved_.heads), by_head(parts[2], saved_.heads), saved_.mixed,
        saved_.logsumexp, {}, {}, T, T, saved_.dropout, /*is_causal=*/true, saved_.random_state,
        saved_.unused);
    const at::Tensor queries = joined_heads(grad_q).contiguous();
    const at::Tensor keys = joined_heads(grad_k).contiguous();
    const at::Tensor values = joined_heads(grad_v).contiguous();
    const at::Tensor grad = at::empty({rows, 3 * C}, x_BTC.options());
    const at::Tensor groups =
        at::empty({group_count(rows), 3 * C}, x_BTC.options().dtype(at::kFloat));
    join_heads(element_of(grad), queries.const_data_ptr(), keys.const_data_ptr(),
               values.const_data_ptr(), rows, C, grad.data_ptr(), groups.data_ptr<float>(),
               current_stream());
    check_launch("join_heads");
    const Parameter& weight = saved_.linear.weight;
    {
      const Beside beside({grad, x_BTC, groups});
      add_product(grad, x_BTC.view({rows, C}), weight.gradient->view, weight.gradient->adds);
      add_group_sums(groups, saved_.linear.bias);
    }
    return {at::mm(grad, weight.compute).view(x_BTC.sizes()), {}, {}};
  }

  void release_variables() override {
    saved_.x_BTC.reset();
    saved_.qkv.reset();
    saved_.mixed.reset();
  }

 private:
  Saved saved_;
};

}  // namespace

bool has_flash_attention(at::ScalarType compute, std::int64_t head_width) {
  constexpr std::int64_t kWidest = 256;
  return compute == at::kBFloat16 && head_width % kVector == 0 && head_width <= kWidest;
}

at::Tensor flash_attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                           double dropout) {
  Saved saved{.x_BTC = x_BTC.detach(), .linear = linear, .heads = heads, .dropout = dropout};
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    saved.qkv = at::linear(x_BTC, linear.weight.compute, linear.bias.compute);
    const std::vector<at::Tensor> parts = saved.qkv.split(x_BTC.size(2), 2);
    auto outputs = at::_scaled_dot_product_flash_attention(
        by_head(parts[0], heads), by_head(parts[1], heads), by_head(parts[2], heads), dropout,
        /*is_causal=*/true);
    saved.mixed = std::get<0>(outputs);
    saved.logsumexp = std::get<1>(outputs);
    saved.random_state = std::get<6>(outputs);
    saved.unused = std::get<7>(outputs);
    result = joined_heads(saved.mixed).contiguous();
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<AttentionBackward>(std::move(saved)),
         {x_BTC, linear.weight.leaf, linear.bias.leaf}, {result});
  return result;
}

}  // namespace lockstep::cuda
