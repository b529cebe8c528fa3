// SPDX-License-Identifier: Apache-2.0
#include "model/ops/gelu.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "device/parallel_for.h"
#include "model/node.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

// LibTorch does not share out so few.
constexpr std::int64_t kPiece = 16384;

// work(first, count) for each piece of `elements`.
void for_each_piece(std::int64_t elements,
                    const std::function<void(std::int64_t first, std::int64_t count)>& work) {
  parallel_for(0, (elements + kPiece - 1) / kPiece, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard no_grad;
    for (std::int64_t piece = begin; piece < end; ++piece)
      work(piece * kPiece, std::min(kPiece, elements - piece * kPiece));
  });
}

class TanhGeluBackward : public torch::autograd::Node {
 public:
  explicit TanhGeluBackward(at::Tensor x) : x_(std::move(x)) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor upstream = upstreams[0].contiguous().flatten();
    const at::Tensor x = x_.flatten();
    at::Tensor grad = at::empty_like(x);
    for_each_piece(x.numel(), [&](std::int64_t first, std::int64_t count) {
      at::Tensor place = grad.narrow(0, first, count);
      at::gelu_backward_out(place, upstream.narrow(0, first, count), x.narrow(0, first, count),
                            "tanh");
    });
    return {grad.view(x_.sizes())};
  }

  void release_variables() override { x_.reset(); }

 private:
  at::Tensor x_;
};

at::Tensor tanh_gelu(const at::Tensor& x) {
  const at::Tensor flat = x.detach().contiguous().flatten();
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = at::empty_like(flat);
    for_each_piece(flat.numel(), [&](std::int64_t first, std::int64_t count) {
      at::Tensor place = result.narrow(0, first, count);
      at::gelu_out(place, flat.narrow(0, first, count), "tanh");
    });
    result = result.view(x.sizes());
  }
  if (at::GradMode::is_enabled())
    attach(std::make_shared<TanhGeluBackward>(flat.view(x.sizes())), {x}, {result});
  return result;
}

}  // namespace

at::Tensor gelu(const at::Tensor& x, GeluKind kind) {
  return kind == GeluKind::tanh ? tanh_gelu(x) : at::gelu(x, "none");
}

}  // namespace lockstep
