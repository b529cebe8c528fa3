// SPDX-License-Identifier: Apache-2.0
// Operations of our own in LibTorch's graph. They leave the gradients of parameters where they
// belong (Parameter::gradient) themselves, and give LibTorch those of activations.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <memory>

namespace torch::autograd {
struct Node;
}

namespace lockstep {

// Makes `node` the one that turns gradients of `outputs`, computed without a graph, into those of
// `inputs`, in their order. Undefined tensors have none.
void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs);

}  // namespace lockstep
