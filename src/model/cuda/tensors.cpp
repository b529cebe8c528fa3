// SPDX-License-Identifier: Apache-2.0
#include "model/cuda/tensors.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

#include "base/error.h"
#include "model/cuda/column_sum.h"

namespace lockstep::cuda {

void enter_gpu() {
  thread_local bool entered = false;
  if (!entered) cudaFree(nullptr);
  entered = true;
}

Element element_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kBFloat16) return Element::bfloat16;
  if (tensor.scalar_type() == at::kFloat) return Element::float32;
  throw Error(ErrorKind::internal, "computing on a GPU: activations are float32 or bfloat16");
}

const float* floats_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

namespace {

c10::cuda::CUDAStream stream_beside() {
  static const c10::cuda::CUDAStream stream =
      c10::cuda::getStreamFromPool(/*isHighPriority=*/true);  // as what it is beside
  return stream;
}

}  // namespace

class Beside::Guard {
 public:
  c10::cuda::CUDAStreamGuard stream{stream_beside()};
};

Beside::Beside(std::int64_t rows, std::initializer_list<at::Tensor> used) {
  if (rows > kMostRowsBeside) return;
  at::cuda::CUDAEvent ready;
  ready.record();
  ready.block(stream_beside());
  for (const at::Tensor& tensor : used)
    if (tensor.defined())
      c10::cuda::CUDACachingAllocator::recordStream(tensor.storage().data_ptr(), stream_beside());
  guard_ = std::make_unique<Guard>();
}

Beside::~Beside() = default;

void wait_for_work_beside() {
  // A graph knows the other stream only if it has come from this one, even if nothing is there.
  at::cuda::CUDAEvent begun;
  begun.record();
  begun.block(stream_beside());
  at::cuda::CUDAEvent done;
  done.record(stream_beside());
  done.block(c10::cuda::getCurrentCUDAStream());
}

void attach(const std::shared_ptr<torch::autograd::Node>& node,
            std::initializer_list<at::Tensor> inputs, std::initializer_list<at::Tensor> outputs) {
  torch::autograd::edge_list edges;
  for (const at::Tensor& input : inputs)
    edges.push_back(input.defined() ? torch::autograd::impl::gradient_edge(input)
                                    : torch::autograd::Edge());
  node->set_next_edges(std::move(edges));
  for (const at::Tensor& output : outputs) torch::autograd::set_history(output, node);
}

void add_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor sum_MK,
                 bool adds) {
  const double beta = adds ? 1.0 : 0.0;
  if (left_NM.scalar_type() == at::kFloat)
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, beta, 1.0);
  else
    at::addmm_out(sum_MK, sum_MK, left_NM.t(), right_NK, at::kFloat, beta, 1.0);
}

void add_group_sums(const at::Tensor& groups, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  sum_groups({.groups = groups.const_data_ptr<float>(),
              .count = groups.size(0),
              .columns = groups.size(1),
              .into = {bias.gradient->view.data_ptr<float>()},
              .adds = bias.gradient->adds},
             current_stream());
  check_launch("sum_groups");
}

void add_row_sums(const at::Tensor& grad_NM, const Parameter& bias) {
  if (!bias.leaf.defined()) return;
  const std::int64_t rows = grad_NM.size(0);
  const std::int64_t columns = grad_NM.size(1);
  const std::int64_t count = group_count(rows);
  const at::Tensor groups = at::empty({count, columns}, bias.leaf.options().requires_grad(false));
  sum_rows_in_groups(element_of(grad_NM), grad_NM.const_data_ptr(), rows, columns,
                     groups.data_ptr<float>(), current_stream());
  check_launch("sum_rows_in_groups");
  add_group_sums(groups, bias);
}

}  // namespace lockstep::cuda
