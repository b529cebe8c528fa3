// SPDX-License-Identifier: Apache-2.0
#include "model/ops/linear_cross_entropy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <utility>

#include "model/node.h"

namespace lockstep {
namespace {

constexpr std::int64_t kLogitBytes = 64 << 20;

// A sum of more numbers than this is one that LibTorch divides among its threads.
constexpr std::int64_t kRowsOfOneThread = 16384;

// Into how many chunks N rows are cut. It depends on shapes alone, so the order of additions does
// too. Chunks are equally long but for one row: in one of a single row, threads would divide the
// sum over the row.
std::int64_t chunk_count(std::int64_t N, const at::Tensor& weight_VC) {
  const std::int64_t row_bytes = weight_VC.size(0) * weight_VC.element_size();
  const std::int64_t rows = std::clamp<std::int64_t>(kLogitBytes / row_bytes, 1, kRowsOfOneThread);
  return (N + rows - 1) / rows;
}

struct LossAndGradient {
  at::Tensor loss;         // float64 scalar
  at::Tensor grad_hidden;  // [N, C], undefined without gradients
};

// sum x kept + left x right x scale becomes the sum. Where nothing is kept, it need not hold
// numbers.
void put_product(const at::Tensor& left, const at::Tensor& right, double scale, double kept,
                 at::Tensor& sum) {
  at::addmm_out(sum, sum, left, right, /*beta=*/kept, /*alpha=*/scale);
}

// `grad_weight_VC` is replaced; undefined: without gradients.
LossAndGradient run_chunks(const at::Tensor& hidden_NC, const at::Tensor& weight_VC,
                           const at::Tensor& targets_N, double divisor, at::Tensor grad_weight_VC) {
  LossAndGradient result{.loss = at::zeros({}, at::kDouble), .grad_hidden = {}};
  const bool with_gradients = grad_weight_VC.defined();
  if (with_gradients) result.grad_hidden = at::empty_like(hidden_NC);
  const std::int64_t N = hidden_NC.size(0);
  const std::int64_t chunks = chunk_count(N, weight_VC);
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const std::int64_t first = chunk * N / chunks;
    const std::int64_t n = (chunk + 1) * N / chunks - first;
    const at::Tensor hidden_nC = hidden_NC.narrow(0, first, n);
    const at::Tensor targets_n1 = targets_N.narrow(0, first, n).unsqueeze(1);
    at::Tensor logits_nV = at::mm(hidden_nC, weight_VC.t());
    const at::Tensor log_total_n1 = at::logsumexp(logits_nV, {1}, /*keepdim=*/true);
    const at::Tensor chosen_n1 = logits_nV.gather(1, targets_n1);
    result.loss += (log_total_n1 - chosen_n1).sum(at::kDouble);
    if (!with_gradients) continue;
    at::Tensor grad_logits_nV = logits_nV.sub_(log_total_n1).exp_();  // the probabilities
    grad_logits_nV.scatter_add_(1, targets_n1, at::full_like(chosen_n1, -1.0));
    at::Tensor grad_hidden_nC = result.grad_hidden.narrow(0, first, n);
    put_product(grad_logits_nV, weight_VC, 1.0 / divisor, /*kept=*/0.0, grad_hidden_nC);
    put_product(grad_logits_nV.t(), hidden_nC, 1.0 / divisor, /*kept=*/chunk == 0 ? 0.0 : 1.0,
                grad_weight_VC);
  }
  result.loss /= divisor;
  return result;
}

class LinearCrossEntropyBackward : public torch::autograd::Node {
 public:
  explicit LinearCrossEntropyBackward(at::Tensor grad_hidden)
      : grad_hidden_(std::move(grad_hidden)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&&) override {
    return {grad_hidden_, {}};
  }

  void release_variables() override { grad_hidden_.reset(); }

 private:
  at::Tensor grad_hidden_;
};

}  // namespace

at::Tensor linear_cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight_VC,
                                const at::Tensor& targets_N, double divisor) {
  const bool with_gradients = at::GradMode::is_enabled();
  LossAndGradient result;
  {
    const at::NoGradGuard no_grad;
    result = run_chunks(hidden_NC, weight_VC.leaf, targets_N, divisor,
                        with_gradients ? *weight_VC.gradient : at::Tensor());
  }
  if (with_gradients)
    attach(std::make_shared<LinearCrossEntropyBackward>(result.grad_hidden),
           {hidden_NC, weight_VC.leaf}, {result.loss});
  return result.loss;
}

}  // namespace lockstep
