// SPDX-License-Identifier: Apache-2.0
#include "model/gpt.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/init.h"

namespace lockstep::test {
namespace {

ModelConfig tiny_config() {
  return {.vocab_size = 29,
          .n_layer = 2,
          .n_head = 3,
          .n_embd = 12,
          .block_size = 8,
          .dropout = 0.0,
          .bias = true};
}

// Values of a size at which every part of the model matters.
Gpt make_gpt(const ModelConfig& config) {
  Gpt gpt(config);
  initialize(gpt.parameters(), config, 1337);
  at::manual_seed(5);
  gpt.parameters().values() += at::randn_like(gpt.parameters().values()) * 0.3;
  gpt.parameters().collect_gradients_in(at::zeros_like(gpt.parameters().values()));
  return gpt;
}

at::Tensor some_tokens(std::int64_t B, std::int64_t T, std::uint64_t seed) {
  at::manual_seed(seed);
  return at::randint(29, {B, T}, at::kLong);
}

double loss_of(const Gpt& gpt, Mode mode) {
  const at::NoGradGuard no_grad;
  return gpt.loss_sum(some_tokens(4, 8, 1), some_tokens(4, 8, 2), mode).item<double>();
}

// GPT-2 written out one operation after the other, in double precision, with parameters of its own.
class PlainGpt {
 public:
  explicit PlainGpt(Gpt& gpt)
      : config_(gpt.config()),
        layout_(gpt.parameters().layout()),
        flat_(gpt.parameters().values().to(at::kDouble).clone().requires_grad_(true)) {}

  at::Tensor loss_sum(const at::Tensor& inputs_BT, const at::Tensor& targets_BT) const {
    const std::int64_t T = inputs_BT.size(1);
    at::Tensor x = get("wte.weight").index({inputs_BT}) + get("wpe.weight").narrow(0, 0, T);
    for (std::int64_t layer = 0; layer < config_.n_layer; ++layer) {
      const std::string block = "h." + std::to_string(layer);
      x = x + attention(block + ".attn", normalized(block + ".ln_1", x));
      x = x + linear(block + ".mlp.c_proj",
                     gelu(linear(block + ".mlp.c_fc", normalized(block + ".ln_2", x))));
    }
    const at::Tensor logits = at::matmul(normalized("ln_f", x), get("wte.weight").t());
    return at::cross_entropy_loss(logits.flatten(0, 1), targets_BT.flatten(), /*weight=*/{},
                                  at::Reduction::Sum);
  }

  at::Tensor gradients() const { return flat_.grad(); }

 private:
  at::Tensor get(const std::string& name) const {
    const FlatTensor* const tensor = layout_.find("transformer." + name);
    return flat_.narrow(0, tensor->offset, tensor->elements).view(tensor->spec.shape);
  }

  at::Tensor linear(const std::string& name, const at::Tensor& x) const {
    const at::Tensor product = at::matmul(x, get(name + ".weight").t());
    return config_.bias ? product + get(name + ".bias") : product;
  }

  at::Tensor normalized(const std::string& name, const at::Tensor& x) const {
    const at::Tensor centered = x - x.mean(-1, true);
    const at::Tensor variance = (centered * centered).mean(-1, true);
    const at::Tensor scaled = centered / (variance + 1e-5).sqrt() * get(name + ".weight");
    return config_.bias ? scaled + get(name + ".bias") : scaled;
  }

  at::Tensor gelu(const at::Tensor& x) const {
    if (config_.gelu == GeluKind::tanh)
      return x * 0.5 * (1.0 + (std::sqrt(2.0 / M_PI) * (x + 0.044715 * x.pow(3))).tanh());
    return x * 0.5 * (1.0 + (x / std::sqrt(2.0)).erf());
  }

  // One head after the other, with a mask that hides the future.
  at::Tensor attention(const std::string& name, const at::Tensor& x) const {
    const std::int64_t T = x.size(1);
    const std::int64_t width = config_.n_embd / config_.n_head;
    const at::Tensor qkv = linear(name + ".c_attn", x);
    const at::Tensor future = at::ones({T, T}, at::kBool).triu(1);
    std::vector<at::Tensor> heads;
    for (std::int64_t head = 0; head < config_.n_head; ++head) {
      const at::Tensor q = qkv.narrow(2, head * width, width);
      const at::Tensor k = qkv.narrow(2, config_.n_embd + head * width, width);
      const at::Tensor v = qkv.narrow(2, 2 * config_.n_embd + head * width, width);
      const at::Tensor scores =
          at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(width));
      const at::Tensor weights =
          scores.masked_fill(future, -std::numeric_limits<double>::infinity()).softmax(-1);
      heads.push_back(at::matmul(weights, v));
    }
    return linear(name + ".c_proj", at::cat(heads, 2));
  }

  ModelConfig config_;
  FlatLayout layout_;
  at::Tensor flat_;
};

void expect_agrees_with_plain_gpt(const ModelConfig& config, std::int64_t T) {
  Gpt gpt = make_gpt(config);
  PlainGpt plain(gpt);
  const at::Tensor inputs_BT = some_tokens(3, T, 1);
  const at::Tensor targets_BT = some_tokens(3, T, 2);
  const at::Tensor loss = gpt.loss_sum(inputs_BT, targets_BT, Mode::training);
  const at::Tensor plain_loss = plain.loss_sum(inputs_BT, targets_BT);
  loss.backward();
  plain_loss.backward();
  EXPECT_NEAR(loss.item<double>() / plain_loss.item<double>(), 1.0, 1e-5);
  const double largest = plain.gradients().abs().max().item<double>();
  EXPECT_LT((gpt.parameters().gradients() - plain.gradients()).abs().max().item<double>(),
            1e-5 * largest);
}

TEST(Gpt, LossAndGradientsAgreeWithGpt2WrittenOut) {
  expect_agrees_with_plain_gpt(tiny_config(), 8);
}

TEST(Gpt, AgreesOnSequencesShorterThanItsPositions) {
  expect_agrees_with_plain_gpt(tiny_config(), 5);
}

TEST(Gpt, AgreesOnOneToken) { expect_agrees_with_plain_gpt(tiny_config(), 1); }

TEST(Gpt, AgreesWithoutBiases) {
  ModelConfig config = tiny_config();
  config.bias = false;
  expect_agrees_with_plain_gpt(config, 8);
}

TEST(Gpt, AgreesWithGeluByTanh) {
  ModelConfig config = tiny_config();
  config.gelu = GeluKind::tanh;
  expect_agrees_with_plain_gpt(config, 8);
}

TEST(Gpt, AgreesWithOneLayerAndOneHead) {
  ModelConfig config = tiny_config();
  config.n_layer = 1;
  config.n_head = 1;
  expect_agrees_with_plain_gpt(config, 8);
}

TEST(Gpt, TheLossIsOneDoubleWithAGraph) {
  const Gpt gpt = make_gpt(tiny_config());
  const at::Tensor loss = gpt.loss_sum(some_tokens(2, 8, 1), some_tokens(2, 8, 2), Mode::training);
  EXPECT_EQ(loss.dim(), 0);
  EXPECT_EQ(loss.scalar_type(), at::kDouble);
  EXPECT_TRUE(loss.requires_grad());
}

TEST(Gpt, FreshlyInitializedItGuessesAllTokensAlike) {
  Gpt gpt(tiny_config());
  initialize(gpt.parameters(), tiny_config(), 1337);
  EXPECT_NEAR(loss_of(gpt, Mode::evaluation) / 32, std::log(29.0), 0.05);
}

TEST(Gpt, TheLossOfABatchIsTheSumOfItsSequences) {
  const Gpt gpt = make_gpt(tiny_config());
  const at::NoGradGuard no_grad;
  const at::Tensor inputs_BT = some_tokens(3, 8, 1);
  const at::Tensor targets_BT = some_tokens(3, 8, 2);
  double sum = 0.0;
  for (std::int64_t b = 0; b < 3; ++b)
    sum += gpt.loss_sum(inputs_BT.narrow(0, b, 1), targets_BT.narrow(0, b, 1), Mode::evaluation)
               .item<double>();
  EXPECT_NEAR(gpt.loss_sum(inputs_BT, targets_BT, Mode::evaluation).item<double>(), sum, 1e-3);
}

// Fewer positions and other tokens than before: of those there is nothing left.
TEST(Gpt, EveryPassLeavesItsGradientsInPlaceOfWhatWasThere) {
  for (const bool bias : {true, false}) {
    ModelConfig config = tiny_config();
    config.bias = bias;
    Gpt gpt = make_gpt(config);
    const auto gradients = [&] {
      gpt.loss_sum(some_tokens(2, 5, 1), some_tokens(2, 5, 2), Mode::training).backward();
      return gpt.parameters().gradients().clone();
    };
    const at::Tensor alone = gradients();
    gpt.loss_sum(some_tokens(3, 8, 3), some_tokens(3, 8, 4), Mode::training).backward();
    EXPECT_TRUE(at::equal(gradients(), alone));
    gpt.parameters().gradients().fill_(1e3);
    EXPECT_TRUE(at::equal(gradients(), alone));
  }
}

TEST(Gpt, DropoutIsOffInEvaluation) {
  ModelConfig config = tiny_config();
  const double without = loss_of(make_gpt(config), Mode::evaluation);
  config.dropout = 0.5;
  EXPECT_EQ(loss_of(make_gpt(config), Mode::evaluation), without);
}

// A training loss with the dropout of one lane of one step.
double keyed_loss(const Gpt& gpt, std::uint64_t seed, std::int64_t step, std::int64_t lane) {
  const at::Tensor inputs_BT = some_tokens(4, 8, 1);
  const at::Tensor targets_BT = some_tokens(4, 8, 2);
  const at::NoGradGuard no_grad;
  gpt.key_dropout(seed, step, lane);
  return gpt.loss_sum(inputs_BT, targets_BT, Mode::training).item<double>();
}

TEST(KeyDropout, EqualKeysDropTheSame) {
  ModelConfig config = tiny_config();
  config.dropout = 0.5;
  const Gpt gpt = make_gpt(config);
  const double first = keyed_loss(gpt, 1, 2, 3);
  at::randn({100});
  EXPECT_EQ(keyed_loss(gpt, 1, 2, 3), first);
}

TEST(KeyDropout, AnotherSeedStepOrLaneDropsOtherwise) {
  ModelConfig config = tiny_config();
  config.dropout = 0.5;
  const Gpt gpt = make_gpt(config);
  const double first = keyed_loss(gpt, 1, 2, 3);
  EXPECT_NE(keyed_loss(gpt, 9, 2, 3), first);
  EXPECT_NE(keyed_loss(gpt, 1, 9, 3), first);
  EXPECT_NE(keyed_loss(gpt, 1, 2, 9), first);
  EXPECT_NE(keyed_loss(gpt, 1, 3, 2), first);
}

TEST(KeyDropout, DropsAsManyAsTheModelSays) {
  const auto operations = make_cpu_operations();
  const Parameter tokens{.leaf = at::ones({1, 1000}), .compute = {}};
  const Parameter positions{.leaf = at::zeros({100, 1000}), .compute = {}};
  operations->key_dropout(1337);
  const auto dropped = [&] {
    return operations->embedding(at::zeros({1, 100}, at::kLong), tokens, positions, 0.1).eq(0);
  };
  const at::Tensor first = dropped();
  const at::Tensor second = dropped();
  EXPECT_NEAR(first.to(at::kDouble).mean().item<double>(), 0.1, 0.005);
  // Two dropouts of a pass have nothing in common.
  EXPECT_NEAR((first & second).to(at::kDouble).mean().item<double>(), 0.01, 0.002);
}

}  // namespace
}  // namespace lockstep::test
