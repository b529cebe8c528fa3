// SPDX-License-Identifier: Apache-2.0
#include "model/ops/dropout.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/vector_clones.h"
#include "device/parallel_for.h"
#include "model/ops/saved_dropout.h"

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGroupsOfTask = 128;  // 16,384 elements

LOCKSTEP_VECTOR_CLONES
void multiply(const float* values, const float* factors, float* results, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) results[i] = values[i] * factors[i];
}

LOCKSTEP_VECTOR_CLONES
void multiply_and_add(const float* values, const float* factors, const float* addends,
                      float* results, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) results[i] = addends[i] + values[i] * factors[i];
}

// `values` dropped, and added to `addends` if there are any. All contiguous.
at::Tensor dropped(const at::Tensor& values, const at::Tensor& addends, const Dropout& dropout) {
  at::Tensor result = at::empty_like(values);
  const auto* const from = values.const_data_ptr<float>();
  const auto* const add = addends.defined() ? addends.const_data_ptr<float>() : nullptr;
  auto* const to = result.data_ptr<float>();
  const std::int64_t elements = values.numel();
  const std::int64_t groups = (elements + kDropoutGroup - 1) / kDropoutGroup;
  parallel_for(0, groups, kGroupsOfTask, [&](std::int64_t begin, std::int64_t end) {
    std::array<float, kDropoutGroup> factors;
    for (std::int64_t group = begin; group < end; ++group) {
      dropout_factors(dropout, 0, group, 1, factors.data());
      const std::int64_t first = group * kDropoutGroup;
      const std::int64_t count = std::min(kDropoutGroup, elements - first);
      if (add != nullptr)
        multiply_and_add(from + first, factors.data(), add + first, to + first, count);
      else
        multiply(from + first, factors.data(), to + first, count);
    }
  });
  return result;
}

class AddDropped : public torch::autograd::Function<AddDropped> {
 public:
  static at::Tensor forward(AutogradContext* context, const std::optional<at::Tensor>& x,
                            const at::Tensor& branch, const Dropout& dropout) {
    context->saved_data["has_x"] = x.has_value();
    save_dropout(dropout, *context);
    return dropped(branch.contiguous(), x ? x->contiguous() : at::Tensor(), dropout);
  }

  static variable_list backward(AutogradContext* context, const variable_list& upstreams) {
    const Dropout dropout = saved_dropout(*context);
    const bool has_x = context->saved_data["has_x"].toBool();
    return {has_x ? upstreams[0] : at::Tensor(), dropped(upstreams[0].contiguous(), {}, dropout),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor add_dropped(const at::Tensor& x, const at::Tensor& branch, const Dropout& dropout) {
  return AddDropped::apply(x.defined() ? std::optional(x) : std::nullopt, branch, dropout);
}

}  // namespace lockstep
