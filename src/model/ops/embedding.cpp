// SPDX-License-Identifier: Apache-2.0
#include "model/ops/embedding.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/vector_clones.h"
#include "device/parallel_for.h"
#include "model/node.h"

namespace lockstep {
namespace {

using torch::autograd::variable_list;

constexpr std::int64_t kTokensOfTask = 16;

LOCKSTEP_VECTOR_CLONES
void add_to(float* sums, const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += values[i];
}

// The rows of a batch by their tokens, in their order among equal ones.
class RowsOfTokens {
 public:
  explicit RowsOfTokens(std::span<const std::int64_t> ids) : ids_(ids), rows_(ids.size()) {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    std::ranges::stable_sort(rows_, {}, [&](std::size_t row) { return ids_[row]; });
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (i == 0 || ids_[rows_[i]] != ids_[rows_[i - 1]]) firsts_.push_back(i);
    firsts_.push_back(rows_.size());
  }

  // How many different tokens there are.
  std::int64_t count() const { return static_cast<std::int64_t>(firsts_.size()) - 1; }
  std::int64_t token(std::int64_t i) const { return ids_[rows(i).front()]; }
  std::span<const std::size_t> rows(std::int64_t i) const {
    const std::size_t first = firsts_[static_cast<std::size_t>(i)];
    return std::span(rows_).subspan(first, firsts_[static_cast<std::size_t>(i) + 1] - first);
  }

 private:
  std::span<const std::int64_t> ids_;
  std::vector<std::size_t> rows_;
  std::vector<std::size_t> firsts_;  // of each token, and behind the last
};

void add_rows_of_tokens(const at::Tensor& grad_NC, const at::Tensor& ids, at::Tensor& sums_VC) {
  const RowsOfTokens tokens(
      {ids.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(ids.numel())});
  const std::int64_t C = grad_NC.size(1);
  const auto* const grad = grad_NC.const_data_ptr<float>();
  auto* const sums = sums_VC.data_ptr<float>();
  parallel_for(0, tokens.count(), kTokensOfTask, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> sum(static_cast<std::size_t>(C));
    const auto row_at = [&](std::size_t row) { return grad + static_cast<std::int64_t>(row) * C; };
    for (std::int64_t i = first; i < last; ++i) {
      const std::span<const std::size_t> rows = tokens.rows(i);
      std::copy_n(row_at(rows.front()), C, sum.begin());
      for (const std::size_t row : rows.subspan(1)) add_to(sum.data(), row_at(row), C);
      add_to(sums + tokens.token(i) * C, sum.data(), C);
    }
  });
}

class EmbeddingBackward : public torch::autograd::Node {
 public:
  EmbeddingBackward(at::Tensor ids_BT, Parameter token_weight, Parameter position_weight)
      : ids_BT_(std::move(ids_BT)),
        token_weight_(std::move(token_weight)),
        position_weight_(std::move(position_weight)) {}

  variable_list apply(variable_list&& upstreams) override {
    const at::Tensor grad_BTC = upstreams[0].contiguous();
    const at::Tensor& positions = *position_weight_.gradient;
    const std::int64_t T = grad_BTC.size(1);
    at::Tensor used = positions.narrow(0, 0, T);
    at::sum_out(used, grad_BTC, {0});
    positions.narrow(0, T, positions.size(0) - T).zero_();
    at::Tensor tokens = *token_weight_.gradient;
    add_rows_of_tokens(grad_BTC.flatten(0, 1), ids_BT_, tokens);
    return {{}, {}};
  }

  void release_variables() override { ids_BT_.reset(); }

 private:
  at::Tensor ids_BT_;
  Parameter token_weight_, position_weight_;
};

}  // namespace

at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                     const Parameter& position_weight) {
  const at::Tensor ids = ids_BT.contiguous();
  at::Tensor result;
  {
    const at::NoGradGuard no_grad;
    result = at::embedding(token_weight.leaf, ids);
    result += position_weight.leaf.narrow(0, 0, ids.size(1));
  }
  if (!at::GradMode::is_enabled()) return result;
  attach(std::make_shared<EmbeddingBackward>(ids, token_weight, position_weight),
         {token_weight.leaf, position_weight.leaf}, {result});
  return result;
}

}  // namespace lockstep
