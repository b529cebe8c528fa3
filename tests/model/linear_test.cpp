// SPDX-License-Identifier: Apache-2.0
#include "model/ops/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

// What is not replaced shows.
struct Map {
  at::Tensor weight, bias;  // leaves
  at::Tensor grad_weight = at::full_like(weight.detach(), 1e3);
  at::Tensor grad_bias = at::full_like(bias.detach(), 1e3);

  Linear linear(bool has_bias) const {
    Linear linear{.weight = {.leaf = weight, .compute = weight, .gradient = &grad_weight},
                  .bias = {}};
    if (has_bias) linear.bias = {.leaf = bias, .compute = bias, .gradient = &grad_bias};
    return linear;
  }
};

Map make_map(std::int64_t in, std::int64_t out) {
  return {.weight = at::randn({out, in}).requires_grad_(true),
          .bias = at::randn({out}).requires_grad_(true)};
}

void expect_agrees_with_libtorch(const at::Tensor& x, std::int64_t out, bool has_bias) {
  const Map map = make_map(x.size(-1), out);
  const at::Tensor ours = x.detach().requires_grad_(true);
  const at::Tensor theirs = x.detach().clone().requires_grad_(true);
  const at::Tensor found = linear(ours, map.linear(has_bias));
  const at::Tensor expected = at::linear(theirs, map.weight, has_bias ? map.bias : at::Tensor());
  EXPECT_TRUE(at::equal(found, expected));
  const at::Tensor upstream = at::randn_like(expected);
  found.backward(upstream);
  expected.backward(upstream);
  EXPECT_TRUE(at::allclose(ours.grad(), theirs.grad(), 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(map.grad_weight, map.weight.grad(), 1e-5, 1e-5));
  if (has_bias) {
    EXPECT_TRUE(at::allclose(map.grad_bias, map.bias.grad(), 1e-5, 1e-5));
  } else {
    EXPECT_TRUE(at::equal(map.grad_bias, at::full_like(map.grad_bias, 1e3)));
  }
}

TEST(LinearMap, AgreesWithLibTorch) {
  at::manual_seed(8);
  for (const bool has_bias : {true, false}) {
    expect_agrees_with_libtorch(at::randn({3, 7, 10}), 6, has_bias);
    expect_agrees_with_libtorch(at::randn({5, 4}), 9, has_bias);
    expect_agrees_with_libtorch(at::randn({1, 1, 2}), 1, has_bias);
    expect_agrees_with_libtorch(at::randn({6, 5, 4}).permute({1, 0, 2}), 3, has_bias);
  }
}

TEST(LinearMap, WithoutGradientsHasNoGraph) {
  const Map map = make_map(3, 4);
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(linear(at::randn({2, 3}), map.linear(true)).requires_grad());
}

}  // namespace
}  // namespace lockstep::test
