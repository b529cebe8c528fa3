// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/embedding_node.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <utility>

#include "model/cuda/embedding.h"
#include "model/cuda/tensors.h"

namespace lockstep::cuda {
namespace {

using torch::autograd::variable_list;

EmbeddingShape shape_of(const at::Tensor& ids_BT, const Parameter& token_weight) {
  return {.sequences = ids_BT.size(0),
          .tokens = ids_BT.size(1),
          .columns = token_weight.leaf.size(1),
          .vocabulary = token_weight.leaf.size(0)};
}

class EmbeddingBackward : public torch::autograd::Node {
 public:
  EmbeddingBackward(EmbeddingShape shape, at::Tensor sorted, Parameter token_weight,
                    Parameter position_weight, Dropout dropout)
      : shape_(shape),
        sorted_(std::move(sorted)),
        token_weight_(std::move(token_weight)),
        position_weight_(std::move(position_weight)),
        dropout_(dropout) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor grad = upstreams[0].contiguous();
    const at::Tensor& positions = *position_weight_.gradient;
    wait_for_work_beside();  // the head's gradient of the tokens, and the sort
    positions.narrow(0, shape_.tokens, positions.size(0) - shape_.tokens).zero_();
    embedding_backward(element_of(grad), shape_, grad.const_data_ptr(), dropout_,
                       token_weight_.gradient->data_ptr<float>(), positions.data_ptr<float>(),
                       sorted_.data_ptr(), current_stream());
    check_launch("embedding_backward");
    return {{}, {}};
  }

  void release_variables() override { sorted_.reset(); }

 private:
  EmbeddingShape shape_;
  at::Tensor sorted_;
  Parameter token_weight_, position_weight_;
  Dropout dropout_;
};

// The workspace of the backward pass, the tokens sorted in it while the forward pass goes on. Of a
// lane of any size: a sort is many small kernels that leave most of the GPU idle, and the backward
// pass waits for the work beside it in any case.
at::Tensor sorted(const at::Tensor& ids_BT, const EmbeddingShape& shape) {
  at::Tensor workspace = at::empty({static_cast<std::int64_t>(embedding_workspace(shape))},
                                   ids_BT.options().dtype(at::kByte));
  constexpr std::int64_t kBesideAlways = 0;
  const Beside beside(kBesideAlways, {ids_BT, workspace});
  sort_tokens(shape, ids_BT.const_data_ptr<std::int64_t>(), workspace.data_ptr(), current_stream());
  check_launch("sort_tokens");
  return workspace;
}

}  // namespace

at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                     const Parameter& position_weight, const Dropout& dropout,
                     at::ScalarType compute) {
  const EmbeddingShape shape = shape_of(ids_BT, token_weight);
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = at::empty({shape.sequences, shape.tokens, shape.columns},
                       token_weight.leaf.options().dtype(compute).requires_grad(false));
    embedding(element_of(result), shape, ids_BT.const_data_ptr<std::int64_t>(),
              token_weight.leaf.const_data_ptr<float>(),
              position_weight.leaf.const_data_ptr<float>(), dropout, result.data_ptr(),
              current_stream());
    check_launch("embedding");
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<EmbeddingBackward>(shape, sorted(ids_BT, shape), token_weight,
                                             position_weight, dropout),
         {token_weight.leaf, position_weight.leaf}, {result});
  return result;
}

}  // namespace lockstep::cuda
