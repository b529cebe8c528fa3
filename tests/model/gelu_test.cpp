// SPDX-License-Identifier: Apache-2.0
#include "model/ops/gelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

struct Outcome {
  at::Tensor result, grad;
};

template <class Operation>
Outcome outcome_of(const at::Tensor& values, const Operation& operation) {
  const at::Tensor x = values.detach().clone().requires_grad_(true);
  const at::Tensor result = operation(x);
  at::manual_seed(3);
  result.backward(at::randn_like(values));
  return {.result = result.detach(), .grad = x.grad()};
}

TEST(Gelu, IsThatOfLibTorch) {
  at::manual_seed(1);
  const at::Tensor values = at::randn({5, 41, 203}, at::kDouble) * 3.0;
  for (const GeluKind kind : {GeluKind::tanh, GeluKind::erf}) {
    const char* const name = kind == GeluKind::tanh ? "tanh" : "none";
    const Outcome ours = outcome_of(values, [&](const at::Tensor& x) { return gelu(x, kind); });
    const Outcome theirs =
        outcome_of(values, [&](const at::Tensor& x) { return at::gelu(x, name); });
    EXPECT_TRUE(at::allclose(ours.result, theirs.result, 1e-12, 1e-12)) << name;
    EXPECT_TRUE(at::allclose(ours.grad, theirs.grad, 1e-12, 1e-12)) << name;
  }
}

TEST(Gelu, HasTheSameBitsWithAnyNumberOfThreads) {
  at::manual_seed(2);
  // For several of these numbers LibTorch's own tanh kind has not.
  const at::Tensor values = at::randn({512, 512}) * 2.0;
  const int before = at::get_num_threads();
  for (const GeluKind kind : {GeluKind::tanh, GeluKind::erf}) {
    at::set_num_threads(1);
    const auto run = [&](const at::Tensor& x) { return gelu(x, kind); };
    const Outcome right = outcome_of(values, run);
    for (const int threads : {2, 3, 5, 6, 7, 12}) {
      at::set_num_threads(threads);
      const Outcome other = outcome_of(values, run);
      EXPECT_TRUE(at::equal(other.result, right.result)) << threads << " threads";
      EXPECT_TRUE(at::equal(other.grad, right.grad)) << threads << " threads";
    }
  }
  at::set_num_threads(before);
}

}  // namespace
}  // namespace lockstep
