// SPDX-License-Identifier: Apache-2.0
#include "model/ops/embedding.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

constexpr std::int64_t kVocabulary = 40;
constexpr std::int64_t kPositions = 9;
constexpr std::int64_t kWidth = 12;

struct Tables {
  at::Tensor tokens = at::randn({kVocabulary, kWidth}).requires_grad_(true);
  at::Tensor positions = at::randn({kPositions, kWidth}).requires_grad_(true);
  at::Tensor grad_tokens = at::zeros({kVocabulary, kWidth});
  at::Tensor grad_positions = at::full({kPositions, kWidth}, 1e3);  // what is not replaced shows

  at::Tensor embed(const at::Tensor& ids_BT) const {
    return embedding(ids_BT, {.leaf = tokens, .compute = tokens, .gradient = &grad_tokens},
                     {.leaf = positions, .compute = positions, .gradient = &grad_positions});
  }
};

at::Tensor plain(const Tables& tables, const at::Tensor& ids_BT) {
  return tables.tokens.index({ids_BT}) + tables.positions.narrow(0, 0, ids_BT.size(1));
}

// Some tokens many times, some not at all.
at::Tensor some_ids(std::int64_t B, std::int64_t T) {
  return at::floor(at::pow(at::rand({B, T}), 3) * kVocabulary).to(at::kLong);
}

TEST(Embedding, AgreesWithTheSumOfRows) {
  at::manual_seed(3);
  for (const std::int64_t T : {std::int64_t{1}, std::int64_t{5}, kPositions}) {
    const Tables tables;
    const at::Tensor ids = some_ids(6, T);
    const at::Tensor upstream = at::randn({6, T, kWidth});
    const at::Tensor found = tables.embed(ids);
    const at::Tensor expected = plain(tables, ids);
    EXPECT_TRUE(at::equal(found, expected));
    found.backward(upstream);
    expected.backward(upstream);
    EXPECT_TRUE(at::allclose(tables.grad_tokens, tables.tokens.grad(), 1e-5, 1e-5));
    EXPECT_TRUE(at::allclose(tables.grad_positions, tables.positions.grad(), 1e-5, 1e-5));
  }
}

TEST(Embedding, AddsToTheGradientThatTheHeadHasLeft) {
  at::manual_seed(4);
  const Tables tables;
  tables.grad_tokens.fill_(2.0);
  const at::Tensor ids = at::tensor({3, 7, 3}, at::kLong).view({1, 3});
  tables.embed(ids).backward(at::ones({1, 3, kWidth}));
  at::Tensor expected = at::full({kVocabulary, kWidth}, 2.0);
  expected[3] += 2.0;
  expected[7] += 1.0;
  EXPECT_TRUE(at::equal(tables.grad_tokens, expected));
}

TEST(Embedding, TakesIdsAndGradientsThatAreNotContiguous) {
  at::manual_seed(5);
  const Tables tables;
  const at::Tensor ids = some_ids(5, 4).t();
  const at::Tensor upstream = at::randn({kWidth, 4, 5}).permute({1, 2, 0});
  tables.embed(ids).backward(upstream);
  plain(tables, ids).backward(upstream);
  EXPECT_TRUE(at::allclose(tables.grad_tokens, tables.tokens.grad(), 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(tables.grad_positions, tables.positions.grad(), 1e-5, 1e-5));
}

TEST(Embedding, GivesTheSameBitsWithAnyNumberOfThreads) {
  at::manual_seed(6);
  const Tables tables;
  const at::Tensor ids = some_ids(50, kPositions);
  const at::Tensor upstream = at::randn({50, kPositions, kWidth});
  const int before = at::get_num_threads();
  at::Tensor expected;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    tables.grad_tokens.zero_();
    tables.embed(ids).backward(upstream);
    const at::Tensor found = at::cat({tables.grad_tokens, tables.grad_positions});
    if (!expected.defined()) expected = found.clone();
    EXPECT_TRUE(at::equal(found, expected)) << threads << " threads";
  }
  at::set_num_threads(before);
}

TEST(Embedding, WithoutGradientsHasNoGraph) {
  const Tables tables;
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(tables.embed(some_ids(2, 3)).requires_grad());
}

}  // namespace
}  // namespace lockstep::test
