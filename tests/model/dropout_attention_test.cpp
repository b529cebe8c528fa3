// SPDX-License-Identifier: Apache-2.0
#include "model/ops/dropout_attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/attention.h"
#include "model/ops/attention_rows.h"

namespace lockstep::test {
namespace {

constexpr Dropout kNothing{.probability = 0.0, .key = 1, .site = 2};
constexpr Dropout kFifth{.probability = 0.2, .key = 0x0123456789abcdefULL, .site = 3};

struct Case {
  std::int64_t B, T, C, heads;
};

// A context within a block, on its edges, beyond; heads as wide as a vector, and not.
constexpr Case kCases[] = {{1, 1, 4, 1},    {2, 5, 6, 2},    {1, 127, 16, 1}, {2, 128, 32, 2},
                           {1, 129, 32, 1}, {1, 300, 96, 3}, {2, 256, 40, 2}};

// [B, heads, T, T] of what the probabilities are multiplied by.
at::Tensor factors_of(const Case& size, const Dropout& dropout) {
  const std::int64_t groups = (size.T + kDropoutGroup - 1) / kDropoutGroup;
  const std::int64_t rows = size.B * size.heads * size.T;
  at::Tensor all = at::empty({rows, groups * kDropoutGroup});
  for (std::int64_t row = 0; row < rows; ++row)
    dropout_factors(dropout, static_cast<std::uint32_t>(row), 0, groups,
                    all.data_ptr<float>() + row * groups * kDropoutGroup);
  return all.narrow(1, 0, size.T).view({size.B, size.heads, size.T, size.T});
}

// The textbook's, in float64.
at::Tensor plain_attention(const at::Tensor& qkv, const Case& size, const at::Tensor& factors) {
  const std::vector<at::Tensor> parts = qkv.split(size.C, 2);
  const std::int64_t width = size.C / size.heads;
  const at::Tensor q = by_head(parts[0], size.heads);
  const at::Tensor k = by_head(parts[1], size.heads);
  const at::Tensor scores =
      at::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(width));
  const at::Tensor above = at::ones({size.T, size.T}, at::kBool).triu(1);
  const at::Tensor probabilities =
      scores.masked_fill(above, -std::numeric_limits<double>::infinity()).softmax(3) * factors;
  return joined_heads(at::matmul(probabilities, by_head(parts[2], size.heads)));
}

double distance(const at::Tensor& found, const at::Tensor& expected) {
  return (found - expected).abs().max().item<double>() / expected.abs().max().item<double>();
}

void expect_agrees_with_the_textbook(const Case& size, const Dropout& dropout) {
  SCOPED_TRACE(std::to_string(size.T) + " positions, " + std::to_string(size.heads) + " heads");
  at::manual_seed(4);
  const at::Tensor qkv = (2.0 * at::randn({size.B, size.T, 3 * size.C})).requires_grad_(true);
  const at::Tensor exact = qkv.detach().to(at::kDouble).requires_grad_(true);
  const at::Tensor upstream = at::randn({size.B, size.T, size.C});
  const at::Tensor found = dropout_attention(qkv, size.heads, dropout);
  const at::Tensor expected =
      plain_attention(exact, size, factors_of(size, dropout).to(at::kDouble));
  (found * upstream).sum().backward();
  (expected * upstream).sum().backward();
  EXPECT_LT(distance(found, expected), 2e-6);
  EXPECT_LT(distance(qkv.grad(), exact.grad()), 3e-6);
}

TEST(DropoutAttention, AgreesWithTheTextbookInDoublePrecision) {
  for (const Case& size : kCases) expect_agrees_with_the_textbook(size, kFifth);
}

TEST(DropoutAttention, WithoutDropoutItIsTheAttentionOfLibTorch) {
  const at::Tensor qkv = at::randn({2, 200, 144});
  EXPECT_LT(distance(dropout_attention(qkv, 3, kNothing), causal_attention(qkv, 3, 0.0)), 2e-6);
  expect_agrees_with_the_textbook(kCases[5], kNothing);
}

TEST(DropoutAttention, OfLargeScoresOverflowsNothing) {
  const Case size{1, 150, 16, 2};
  const at::Tensor qkv = (100.0 * at::randn({1, 150, 48})).requires_grad_(true);
  const at::Tensor found = dropout_attention(qkv, 2, kFifth);
  found.sum().backward();
  EXPECT_TRUE(at::isfinite(found).all().item<bool>());
  EXPECT_TRUE(at::isfinite(qkv.grad()).all().item<bool>());
  const at::Tensor expected =
      plain_attention(qkv.detach().to(at::kDouble), size, factors_of(size, kFifth));
  EXPECT_LT(distance(found, expected), 1e-3);
}

TEST(DropoutAttention, ANumberThatIsNoneIsSeen) {
  at::Tensor qkv = at::randn({1, 140, 24});
  qkv[0][0][3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(at::isnan(dropout_attention(qkv, 2, kFifth)).any().item<bool>());
}

TEST(DropoutAttention, HasTheSameBitsWithAnyNumberOfThreadsAndBesideOtherSequences) {
  const at::Tensor qkv = at::randn({3, 260, 192}).requires_grad_(true);
  const at::Tensor upstream = at::randn({3, 260, 64});
  const auto gradient = [&](int threads) {
    at::set_num_threads(threads);
    qkv.mutable_grad() = at::Tensor();
    const at::Tensor result = dropout_attention(qkv, 4, kFifth);
    (result * upstream).sum().backward();
    return at::cat({result, qkv.grad()}, 2);
  };
  const int before = at::get_num_threads();
  const at::Tensor one = gradient(1);
  EXPECT_TRUE(at::equal(gradient(2), one));
  EXPECT_TRUE(at::equal(gradient(5), one));
  at::set_num_threads(before);
  const at::Tensor alone = dropout_attention(qkv.narrow(0, 0, 1), 4, kFifth);
  EXPECT_TRUE(at::equal(alone, one.narrow(0, 0, 1).narrow(2, 0, 64)));
}

TEST(AttentionRows, TheSoftmaxOfARowIsThatOfDoublePrecision) {
  std::vector<float> row(32, 1e30F);  // what lies behind the scores is whatever was there
  std::vector<double> expected(32, 0.0);
  double sum = 0.0;
  for (int i = 0; i < 21; ++i) {
    row[static_cast<std::size_t>(i)] =
        static_cast<float>(i * i % 17) - 60.0F * static_cast<float>(i % 2);
    expected[static_cast<std::size_t>(i)] = std::exp(0.5 * row[static_cast<std::size_t>(i)]);
    sum += expected[static_cast<std::size_t>(i)];
  }
  std::vector<float> again = row;
  const float log_sum = softmax_row(row.data(), 21, 32, 0.5F);
  softmax_row_again(again.data(), 21, 32, 0.5F, log_sum);
  EXPECT_NEAR(log_sum, std::log(sum), 1e-6);
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_NEAR(row[i], expected[i] / sum, 3e-7 * expected[i] / sum) << i;
    EXPECT_NEAR(again[i], expected[i] / sum, 2e-6 * expected[i] / sum) << i;
  }
}

TEST(AttentionRows, ScoresFarBelowTheHighestAreNothing) {
  std::vector<float> row = {0.0F, -86.0F, -88.0F, -1e30F};
  row.resize(16);
  softmax_row(row.data(), 4, 16, 1.0F);
  EXPECT_EQ(row[0], 1.0F);
  EXPECT_NEAR(row[1], std::exp(-86.0), 1e-42);
  EXPECT_EQ(row[2], 0.0F);
  EXPECT_EQ(row[3], 0.0F);
}

}  // namespace
}  // namespace lockstep::test
