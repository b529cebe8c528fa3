// SPDX-License-Identifier: Apache-2.0
#include "model/ops/linear_cross_entropy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

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

struct LossAndGradients {
  at::Tensor loss;         // float64 scalar
  at::Tensor grad_hidden;  // [N, C], undefined without gradients
  at::Tensor grad_weight;  // [V, C], undefined without gradients
};

// sum x kept + left x right x scale becomes the sum. Where nothing is kept, it need not hold
// numbers.
void put_product(const at::Tensor& left, const at::Tensor& right, double scale, double kept,
                 at::Tensor& sum) {
  at::addmm_out(sum, sum, left, right, /*beta=*/kept, /*alpha=*/scale);
}

LossAndGradients run_chunks(const at::Tensor& hidden_NC, const at::Tensor& weight_VC,
                            const at::Tensor& targets_N, double divisor, bool with_gradients) {
  LossAndGradients result{.loss = at::zeros({}, at::kDouble), .grad_hidden = {}, .grad_weight = {}};
  if (with_gradients) {
    result.grad_hidden = at::empty_like(hidden_NC);
    result.grad_weight = at::empty_like(weight_VC);
  }
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
                result.grad_weight);
  }
  result.loss /= divisor;
  return result;
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden_NC,
                            const at::Tensor& weight_VC, const at::Tensor& targets_N,
                            double divisor) {
    LossAndGradients result =
        run_chunks(hidden_NC, weight_VC, targets_N, divisor, /*with_gradients=*/true);
    context->save_for_backward({result.grad_hidden, result.grad_weight});
    return result.loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& upstream) {
    const double scale = upstream[0].item<double>();
    const torch::autograd::variable_list saved = context->get_saved_variables();
    if (scale == 1.0) return {saved[0], saved[1], at::Tensor(), at::Tensor()};
    return {saved[0] * scale, saved[1] * scale, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor linear_cross_entropy(const at::Tensor& hidden_NC, const at::Tensor& weight_VC,
                                const at::Tensor& targets_N, double divisor) {
  if (!at::GradMode::is_enabled())
    return run_chunks(hidden_NC, weight_VC, targets_N, divisor, /*with_gradients=*/false).loss;
  return LinearCrossEntropy::apply(hidden_NC, weight_VC, targets_N, divisor);
}

}  // namespace lockstep
