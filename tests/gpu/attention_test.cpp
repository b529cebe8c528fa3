// SPDX-License-Identifier: Apache-2.0
// Attention in bfloat16, by either library, beside LibTorch's own in double precision.
#include "model/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gpu/on_gpu.h"
#include "model/cuda/attention_pass.h"

namespace lockstep::test {
namespace {

struct Shape {
  std::int64_t B, T, heads, head_width;
  std::int64_t width() const { return heads * head_width; }
};

std::string name_of(const testing::TestParamInfo<Shape>& shape) {
  const Shape& s = shape.param;
  return std::to_string(s.B) + "x" + std::to_string(s.T) + "x" + std::to_string(s.heads) + "x" +
         std::to_string(s.head_width);
}

class AttentionOnGpu : public testing::TestWithParam<Shape> {
 protected:
  AttentionOnGpu()
      : options_(at::TensorOptions(at::kBFloat16).device(gpu_placement(at::kBFloat16).device)),
        cudnn_(cuda::make_cudnn_attention(options_.device(), /*is_exact=*/true)) {
    at::manual_seed(7);
    const Shape& shape = GetParam();
    qkv_ = at::randn({shape.B, shape.T, 3 * shape.width()}).to(options_);
    upstream_ = at::randn({shape.B, shape.T, shape.width()}).to(options_);
  }

  std::unique_ptr<cuda::AttentionPass> cudnn_pass(double dropout, std::uint32_t site = 1) {
    return cudnn_->new_pass(GetParam().heads, dropout, site);
  }

  void expect_exact(cuda::AttentionPass& pass) const {
    at::Tensor exact_qkv = qkv_.cpu().to(at::kDouble).requires_grad_(true);
    const at::Tensor exact = causal_attention(exact_qkv, GetParam().heads, 0.0);
    exact.backward(upstream_.cpu().to(at::kDouble));
    EXPECT_LT(difference(pass.forward(qkv_, /*has_backward=*/true), exact.detach()), 1e-2);
    EXPECT_LT(difference(pass.backward(upstream_).grad.view(qkv_.sizes()), exact_qkv.grad()), 1e-2);
  }

  // The result and the gradient, as one.
  at::Tensor run(cuda::AttentionPass& pass) const {
    const at::Tensor result = pass.forward(qkv_, /*has_backward=*/true);
    return at::cat({result.flatten(), pass.backward(upstream_).grad.flatten()});
  }

  at::TensorOptions options_;
  std::unique_ptr<cuda::CudnnAttention> cudnn_;
  at::Tensor qkv_, upstream_;
};

class CudnnAttentionOnGpu : public AttentionOnGpu {};

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionOnGpu,
                         testing::Values(Shape{1, 64, 8, 64}, Shape{4, 24, 2, 32},
                                         Shape{2, 100, 3, 16}, Shape{2, 512, 12, 64},
                                         Shape{1, 1000, 2, 128}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Shapes, CudnnAttentionOnGpu,
                         testing::Values(Shape{1, 512, 2, 64}, Shape{3, 512, 12, 64},
                                         Shape{2, 1024, 2, 128}, Shape{1, 1536, 3, 32}),
                         name_of);

TEST(CudnnAttention, IsForContextsThatItsTilesDivide) {
  for (const std::int64_t tokens : {512, 1024, 2048})
    EXPECT_TRUE(cuda::has_cudnn_attention(tokens, 64)) << tokens;
  for (const std::int64_t tokens : {1, 24, 64, 256, 511, 513, 1000})
    EXPECT_FALSE(cuda::has_cudnn_attention(tokens, 64)) << tokens;
  EXPECT_TRUE(cuda::has_cudnn_attention(512, 128));
  for (const std::int64_t head_width : {12, 136})
    EXPECT_FALSE(cuda::has_cudnn_attention(512, head_width)) << head_width;
}

TEST_P(AttentionOnGpu, OfLibTorchIsExact) {
  expect_exact(*cuda::new_flash_pass(GetParam().heads, 0.0));
}

TEST_P(CudnnAttentionOnGpu, IsExact) { expect_exact(*cudnn_pass(0.0)); }

TEST_P(CudnnAttentionOnGpu, EvaluatesToTheSame) {
  const at::Tensor trained = cudnn_pass(0.0)->forward(qkv_, /*has_backward=*/true);
  EXPECT_LT(difference(cudnn_pass(0.0)->forward(qkv_, /*has_backward=*/false), trained), 1e-2);
}

TEST_P(CudnnAttentionOnGpu, DropsByKeyAndPlace) {
  cudnn_->key_dropout(1);
  const at::Tensor first = run(*cudnn_pass(0.2));
  EXPECT_TRUE(at::equal(run(*cudnn_pass(0.2)), first));
  EXPECT_FALSE(at::equal(run(*cudnn_pass(0.2, 2)), first));
  cudnn_->key_dropout(2);
  EXPECT_FALSE(at::equal(run(*cudnn_pass(0.2)), first));
  cudnn_->key_dropout(1);
  EXPECT_TRUE(at::equal(run(*cudnn_pass(0.2)), first));
}

// What is dropped forward is dropped backward: the gradient of the values is linear in them.
TEST_P(CudnnAttentionOnGpu, DropsTheSameBackward) {
  cudnn_->key_dropout(1);
  const std::int64_t C = GetParam().width();
  const std::unique_ptr<cuda::AttentionPass> pass = cudnn_pass(0.2);
  const at::Tensor result = pass->forward(qkv_, /*has_backward=*/true).to(at::kDouble);
  const at::Tensor grad = pass->backward(upstream_).grad.view(qkv_.sizes()).to(at::kDouble);
  const double by_result = at::sum(result * upstream_.to(at::kDouble)).item<double>();
  const double by_values =
      at::sum(grad.narrow(2, 2 * C, C) * qkv_.narrow(2, 2 * C, C).to(at::kDouble)).item<double>();
  const double scale = at::sum((result * upstream_.to(at::kDouble)).abs()).item<double>();
  EXPECT_NEAR(by_values, by_result, 5e-3 * scale);
}

}  // namespace
}  // namespace lockstep::test
