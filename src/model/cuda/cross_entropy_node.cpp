// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/cross_entropy_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/cross_entropy.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

std::int64_t padded_rows(std::int64_t vocabulary) {
  constexpr std::int64_t kMultiple = 64;
  return (vocabulary + kMultiple - 1) / kMultiple * kMultiple;
}

at::Tensor with_padding(const at::Tensor& weight_VC) {
  return weight_VC.detach().as_strided({padded_rows(weight_VC.size(0)), weight_VC.size(1)},
                                       {weight_VC.size(1), 1});
}

class CrossEntropyBackward : public torch::autograd::Node {
 public:
  CrossEntropyBackward(at::Tensor hidden_NC, at::Tensor grad_logits, Parameter weight)
      : hidden_NC_(std::move(hidden_NC)),
        grad_logits_(std::move(grad_logits)),
        weight_(std::move(weight)) {}

  variable_list apply(variable_list&&) override {
    enter_gpu();  // this is where a backward pass begins, on a thread of its own
    {
      const Beside beside(hidden_NC_.size(0), {grad_logits_, hidden_NC_});
      gradient_product(grad_logits_, hidden_NC_, with_padding(*weight_.gradient));
    }
    return {at::mm(grad_logits_, with_padding(weight_.compute)), {}};
  }

  void release_variables() override {
    hidden_NC_.reset();
    grad_logits_.reset();
  }

 private:
  at::Tensor hidden_NC_;
  at::Tensor grad_logits_;  // [N, padded V]
  Parameter weight_;
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                         const at::Tensor& targets_N, double divisor) {
  const bool with_gradient = at::GradMode::is_enabled();
  at::Tensor logits;
  at::Tensor loss;
  {
    const at::NoGradGuard no_grad;
    const std::int64_t rows = hidden_NC.size(0);
    logits = at::mm(hidden_NC, with_padding(weight.compute).t());
    const at::Tensor losses_N = at::empty({rows}, hidden_NC.options().dtype(at::kFloat));
    loss = at::empty({}, hidden_NC.options().dtype(at::kDouble));
    const auto scale = static_cast<float>(1.0 / divisor);
    cross_entropy(element_of(logits), logits.data_ptr(),
                  {.rows = rows, .columns = weight.leaf.size(0), .stride = logits.size(1)},
                  targets_N.const_data_ptr<std::int64_t>(), losses_N.data_ptr<float>(),
                  with_gradient ? &scale : nullptr, current_stream());
    sum_losses(losses_N.const_data_ptr<float>(), rows, 1.0 / divisor, loss.data_ptr<double>(),
               current_stream());
    check_launch("cross_entropy");
  }
  if (!with_gradient) return loss;
  attach(std::make_shared<CrossEntropyBackward>(hidden_NC.detach(), logits, weight),
         {hidden_NC, weight.leaf}, {loss});
  return loss;
}

}  // namespace lockstep::cuda
