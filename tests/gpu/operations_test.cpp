// SPDX-License-Identifier: Apache-2.0
// The fused operations beside LibTorch's own in double precision.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <memory>

#include "gpu/on_gpu.h"
#include "model/cuda/cross_entropy.h"
#include "model/cuda/cross_entropy_node.h"
#include "model/cuda/embedding_node.h"
#include "model/cuda/gelu_node.h"
#include "model/cuda/residual_node.h"
#include "model/cuda/tensors.h"
#include "model/node.h"

namespace lockstep::test {
namespace {

c10::Device device() { return gpu_placement(at::kFloat).device; }

// A tensor here and, as a leaf of its own, in double precision on a CPU.
struct Pair {
  at::Tensor ours, exact;
};

Pair random_pair(at::IntArrayRef shape, double scale = 1.0, at::ScalarType type = at::kFloat) {
  const at::Tensor values = (at::randn(shape) * scale).to(type);
  const at::Tensor ours = values.to(gpu_placement(type).device);
  return {.ours = ours.detach().clone().requires_grad_(true),
          .exact = values.to(at::kDouble).requires_grad_(true)};
}

// A parameter and where its gradient goes. What is not replaced there shows.
struct OwnParameter {
  explicit OwnParameter(at::IntArrayRef shape)
      : pair(random_pair(shape)),
        place(at::full_like(pair.ours.detach(), 1e3)),
        parameter{.leaf = pair.ours, .compute = pair.ours.detach(), .gradient = &place} {}
  ~OwnParameter() { cuda::wait_for_work_beside(); }  // which writes to the place
  OwnParameter(const OwnParameter&) = delete;
  OwnParameter& operator=(const OwnParameter&) = delete;
  void expect_gradient(double allowed = 1e-5) const {
    cuda::wait_for_work_beside();
    EXPECT_LT(difference(place, pair.exact.grad()), allowed);
  }

  Pair pair;
  at::Tensor place;
  Parameter parameter;
};

// By how much a result of this type may differ: bfloat16 has steps of 1 / 256.
double allowed_for(at::ScalarType type) { return type == at::kBFloat16 ? 5e-3 : 1e-5; }

void expect_same(const at::Tensor& ours, const at::Tensor& exact) {
  EXPECT_LT(difference(ours.detach(), exact.detach()), allowed_for(ours.scalar_type()));
}

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16};

// Twice the sum of its inputs; one may be undefined. On a CPU as on a GPU.
class TwiceBackward : public torch::autograd::Node {
 public:
  torch::autograd::variable_list apply(torch::autograd::variable_list&& upstreams) override {
    return {upstreams[0] * 2.0, upstreams[0] * 2.0, {}};
  }
};

TEST(Attach, GivesEveryInputItsGradient) {
  const at::Tensor one = at::ones({3}).requires_grad_(true);
  const at::Tensor other = at::ones({3}).requires_grad_(true);
  const at::Tensor result = at::full({3}, 4.0);
  attach(std::make_shared<TwiceBackward>(), {one, other, at::Tensor()}, {result});
  at::sum(result * 5.0).backward();
  EXPECT_TRUE(at::equal(one.grad(), at::full({3}, 10.0)));
  EXPECT_TRUE(at::equal(other.grad(), at::full({3}, 10.0)));
}

void expect_gelu(GeluKind kind, const char* name, at::ScalarType type) {
  for (const std::int64_t rows : {1, 37, 4099}) {
    at::manual_seed(1);
    const Pair x = random_pair({rows, 136}, 2.0, type);
    const OwnParameter bias(136);
    const Pair upstream = random_pair({rows, 136}, 1.0, type);
    const at::Tensor ours = cuda::gelu(x.ours, bias.parameter, kind);
    const at::Tensor exact = at::gelu(x.exact + bias.pair.exact, name);
    ours.backward(upstream.ours.detach());
    exact.backward(upstream.exact.detach());
    expect_same(ours, exact);
    expect_same(x.ours.grad(), x.exact.grad());
    bias.expect_gradient();
  }
}

TEST(GpuOperations, BiasAndGelu) {
  for (const at::ScalarType type : kTypes) expect_gelu(GeluKind::erf, "none", type);
}

TEST(GpuOperations, BiasAndGeluByTanh) {
  for (const at::ScalarType type : kTypes) expect_gelu(GeluKind::tanh, "tanh", type);
}

// A quarter is dropped, by a key on the GPU.
struct Quarter {
  at::Tensor key = at::full({1}, 12345, at::TensorOptions(at::kLong)).to(device());
  cuda::Dropout dropout{
      .probability = 0.25,
      .key = reinterpret_cast<const std::uint64_t*>(key.const_data_ptr<std::int64_t>()),
      .site = 3};
};

// What dropout multiplies by, from a result in which 0 was dropped and nothing else is 0.
at::Tensor factors_in(const at::Tensor& result) {
  return result.detach().ne(0.0).cpu().to(at::kDouble) / 0.75;
}

// The same for what `dropout` does to a branch [rows, columns]: where x is 0 and the branch 1.
at::Tensor factors_of_branch(const cuda::Dropout& dropout, std::int64_t rows, std::int64_t columns,
                             at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::zeros({rows, columns}, at::TensorOptions(type).device(device()));
  const OwnParameter weight(columns);
  return factors_in(cuda::residual_layer_norm(x, at::ones_like(x), {},
                                              {.weight = weight.parameter, .bias = {}}, dropout)
                        .sum_BTC);
}

// `factors`: what `dropout` multiplies the branch by.
void expect_sum_and_norm(std::int64_t rows, at::ScalarType type, const cuda::Dropout& dropout = {},
                         const at::Tensor& factors = at::ones({1}, at::kDouble)) {
  at::manual_seed(2);
  const Pair x = random_pair({rows, 264}, 1.0, type);
  const Pair branch = random_pair({rows, 264}, 1.0, type);
  const OwnParameter bias(264);
  const OwnParameter weight(264);
  const OwnParameter shift(264);
  const Residual ours =
      cuda::residual_layer_norm(x.ours, branch.ours, bias.parameter,
                                {.weight = weight.parameter, .bias = shift.parameter}, dropout);
  const at::Tensor sum = x.exact + factors * (branch.exact + bias.pair.exact);
  const at::Tensor normal =
      at::layer_norm(sum, {264}, weight.pair.exact, shift.pair.exact, kLayerNormEps);
  // Both results are used, as in the model.
  const Pair of_sum = random_pair({rows, 264}, 1.0, type);
  const Pair of_normal = random_pair({rows, 264}, 1.0, type);
  torch::autograd::backward({ours.sum_BTC, ours.normal_BTC},
                            {of_sum.ours.detach(), of_normal.ours.detach()});
  torch::autograd::backward({sum, normal}, {of_sum.exact.detach(), of_normal.exact.detach()});
  expect_same(ours.sum_BTC, sum);
  expect_same(ours.normal_BTC, normal);
  expect_same(x.ours.grad(), x.exact.grad());
  expect_same(branch.ours.grad(), branch.exact.grad());
  // The sum is rounded before it is normalized.
  for (const OwnParameter* parameter : {&bias, &weight, &shift})
    parameter->expect_gradient(allowed_for(type));
}

TEST(GpuOperations, SumAndNorm) {
  for (const at::ScalarType type : kTypes)
    for (const std::int64_t rows : {1, 37, 4099}) expect_sum_and_norm(rows, type);
}

TEST(GpuOperations, SumAndNormOfABranchWithDropout) {
  const Quarter quarter;
  for (const at::ScalarType type : kTypes)
    for (const std::int64_t rows : {1, 37, 4099})
      expect_sum_and_norm(rows, type, quarter.dropout,
                          factors_of_branch(quarter.dropout, rows, 264, type));
}

TEST(GpuOperations, DroppedElementsHaveNoGradientAndTheRestIsScaled) {
  const at::TensorOptions options = at::TensorOptions(at::kFloat).device(device());
  const Quarter quarter;
  const at::Tensor x = at::zeros({1000, 256}, options).requires_grad_(true);
  const at::Tensor branch = at::ones({1000, 256}, options).requires_grad_(true);
  const OwnParameter weight(256);
  const Residual result = cuda::residual_layer_norm(
      x, branch, {}, {.weight = weight.parameter, .bias = {}}, quarter.dropout);
  (at::sum(result.sum_BTC) + 0.0 * at::sum(result.normal_BTC)).backward();
  const at::Tensor stays = result.sum_BTC.detach().ne(0.0);
  EXPECT_NEAR(stays.to(at::kDouble).mean().item<double>(), 0.75, 0.005);
  EXPECT_LT(difference(result.sum_BTC.detach(), stays.to(at::kFloat) / 0.75), 1e-6);
  EXPECT_LT(difference(branch.grad(), stays.to(at::kFloat) / 0.75), 1e-6);
  EXPECT_EQ(x.grad().min().item<float>(), 1.0F);
}

TEST(GpuOperations, CrossEntropyOverAPaddedVocabulary) {
  for (const std::int64_t vocabulary : {211, 5003}) {
    at::manual_seed(3);
    const std::int64_t rows = 300;
    const Pair hidden = random_pair({rows, 64});
    // The weight, and rows of something else behind it, as in a model.
    const at::Tensor flat = at::randn({vocabulary + 64, 64});
    const at::Tensor here = flat.to(gpu_placement(at::kFloat).device);
    const at::Tensor gradients = at::zeros_like(here);
    const at::Tensor weight = here.narrow(0, 0, vocabulary).detach().requires_grad_(true);
    const at::Tensor exact_weight =
        flat.narrow(0, 0, vocabulary).to(at::kDouble).requires_grad_(true);
    const at::Tensor place = gradients.narrow(0, 0, vocabulary);
    const at::Tensor targets = at::randint(vocabulary, {rows}, at::kLong);
    const at::Tensor ours = cuda::cross_entropy(
        hidden.ours, {.leaf = weight, .compute = weight.detach(), .gradient = &place},
        targets.to(here.device()), 40.0);
    const at::Tensor exact = at::cross_entropy_loss(at::mm(hidden.exact, exact_weight.t()), targets,
                                                    {}, at::Reduction::Sum) /
                             40.0;
    ours.backward();
    exact.backward();
    cuda::wait_for_work_beside();
    expect_same(ours, exact);
    expect_same(hidden.ours.grad(), hidden.exact.grad());
    EXPECT_LT(difference(place, exact_weight.grad()), 1e-5);
    EXPECT_EQ(gradients.narrow(0, vocabulary, 64).abs().max().item<double>(), 0.0);
  }
}

// Of logits as they are: in bfloat16, a model's own would be rounded before.
TEST(GpuOperations, CrossEntropyOfLogits) {
  for (const at::ScalarType type : kTypes) {
    for (const std::int64_t vocabulary : {5, 64, 211, 5003}) {
      at::manual_seed(9);
      constexpr std::int64_t kRows = 70;
      constexpr float kScale = 0.25F;
      const std::int64_t stride = (vocabulary + 63) / 64 * 64;
      const Pair pair = random_pair({kRows, stride}, 3.0, type);
      at::Tensor logits = pair.ours.detach().clone();
      const at::Tensor targets = at::randint(vocabulary, {kRows}, at::kLong);
      const at::Tensor losses = at::empty({kRows}, logits.options().dtype(at::kFloat));
      const at::Tensor on_gpu = targets.to(logits.device());
      cuda::cross_entropy(cuda::element_of(logits), logits.data_ptr(),
                          {.rows = kRows, .columns = vocabulary, .stride = stride},
                          on_gpu.const_data_ptr<std::int64_t>(), losses.data_ptr<float>(), &kScale,
                          cuda::current_stream());
      const at::Tensor exact = at::cross_entropy_loss(pair.exact.narrow(1, 0, vocabulary), targets,
                                                      {}, at::Reduction::None);
      (exact.sum() * kScale).backward();
      expect_same(losses, exact);
      expect_same(logits, pair.exact.grad());
      EXPECT_EQ(logits.narrow(1, vocabulary, stride - vocabulary).abs().sum().item<double>(), 0.0);
    }
  }
}

constexpr std::int64_t kSequences = 5;
constexpr std::int64_t kTokens = 203;
constexpr std::int64_t kVocabulary = 300;
constexpr std::int64_t kColumns = 264;

// `factors`: what `dropout` multiplies the vectors by.
void expect_embedding(const at::Tensor& ids_BT, at::ScalarType type,
                      const cuda::Dropout& dropout = {},
                      const at::Tensor& factors = at::ones({1}, at::kDouble)) {
  const OwnParameter token({kVocabulary, kColumns});
  token.place.zero_();  // the head's gradient, which that of the tokens is added to
  const OwnParameter position({kTokens + 2, kColumns});
  const Pair upstream = random_pair({kSequences, kTokens, kColumns}, 1.0, type);
  const at::Tensor ours =
      cuda::embedding(ids_BT.to(device()), token.parameter, position.parameter, dropout, type);
  const at::Tensor exact = factors * (at::embedding(token.pair.exact, ids_BT) +
                                      position.pair.exact.narrow(0, 0, kTokens));
  ours.backward(upstream.ours.detach());
  exact.backward(upstream.exact.detach());
  expect_same(ours, exact);
  token.expect_gradient();
  position.expect_gradient();
}

// Rows of one token end within pieces of the sorted list, at their ends, or go over many of them.
TEST(GpuOperations, EmbeddingOfTokensRareAndFrequent) {
  at::manual_seed(4);
  const at::Tensor numbers = at::arange(kSequences * kTokens, at::kLong);
  const at::Tensor any = at::randint(kVocabulary, {kSequences * kTokens}, at::kLong);
  for (const at::Tensor& ids :
       {any, any % 3, at::full_like(numbers, 7), numbers.floor_divide(16), numbers.floor_divide(48),
        numbers.floor_divide(17), any * (any % 2), any.clamp_min(150)})
    for (const at::ScalarType type : kTypes)
      expect_embedding(ids.view({kSequences, kTokens}), type);
}

// What `dropout` multiplies the vectors by: where those of tokens are 1 and of positions 0.
at::Tensor factors_of_embedding(const at::Tensor& ids_BT, const cuda::Dropout& dropout,
                                at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const OwnParameter token({kVocabulary, kColumns});
  const OwnParameter position({kTokens, kColumns});
  token.parameter.leaf.fill_(1.0);
  position.parameter.leaf.zero_();
  return factors_in(
      cuda::embedding(ids_BT.to(device()), token.parameter, position.parameter, dropout, type));
}

// The gradients of tokens and of positions are of what the forward pass has kept.
TEST(GpuOperations, EmbeddingWithDropout) {
  at::manual_seed(6);
  const Quarter quarter;
  const at::Tensor any = at::randint(kVocabulary, {kSequences, kTokens}, at::kLong);
  for (const at::Tensor& ids_BT : {any, any % 3})
    for (const at::ScalarType type : kTypes) {
      const at::Tensor factors = factors_of_embedding(ids_BT, quarter.dropout, type);
      EXPECT_NEAR(factors.mean().item<double>(), 1.0, 0.01);
      expect_embedding(ids_BT, type, quarter.dropout, factors);
    }
}

}  // namespace
}  // namespace lockstep::test
