// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "model/init.h"

namespace lockstep::test {
namespace {

constexpr std::int64_t kContext = 8;

Gpt make_gpt() {
  const ModelConfig config{.vocab_size = 29,
                           .n_layer = 2,
                           .n_head = 3,
                           .n_embd = 12,
                           .block_size = kContext,
                           .dropout = 0.5,  // which must not matter
                           .bias = true};
  Gpt gpt(config);
  initialize(gpt.parameters(), config, /*seed=*/1337);
  at::manual_seed(5);
  gpt.parameters().values() += at::randn_like(gpt.parameters().values()) * 0.3;
  return gpt;
}

at::Tensor some_tokens() { return at::tensor({3, 28, 0, 11, 11, 7, 19, 2}, at::kLong); }

double nats(const at::Tensor& logits_V, std::int64_t token) {
  return -logits_V.log_softmax(0)[token].item<double>();
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Decoder, GivesEveryTokenTheProbabilityThatTheLossIsMadeOf) {
  const Gpt gpt = make_gpt();
  const at::Tensor tokens = some_tokens();
  Decoder decoder(gpt);
  double sum = 0.0;
  for (std::int64_t i = 0; i + 1 < kContext; ++i)
    sum += nats(decoder.read(tokens.narrow(0, i, 1)), tokens[i + 1].item<std::int64_t>());
  const at::NoGradGuard no_graph;
  const double loss = gpt.loss_sum(tokens.narrow(0, 0, kContext - 1).unsqueeze(0),
                                   tokens.narrow(0, 1, kContext - 1).unsqueeze(0), Mode::evaluation)
                          .item<double>();
  EXPECT_NEAR(sum / loss, 1.0, 1e-5);
}

TEST(Decoder, ReadsInAnyPartsTheSame) {
  const Gpt gpt = make_gpt();
  const at::Tensor tokens = some_tokens();
  Decoder whole(gpt);
  const at::Tensor expected = whole.read(tokens);
  for (const auto& [first, second] :
       {std::pair<std::int64_t, std::int64_t>{1, 2}, {1, 7}, {3, 1}, {4, 7}, {7, 7}}) {
    Decoder decoder(gpt);
    decoder.read(tokens.narrow(0, 0, std::min(first, second)));
    if (second > first) decoder.read(tokens.narrow(0, first, second - first));
    const std::int64_t read = kContext - decoder.room();
    const at::Tensor found = decoder.read(tokens.narrow(0, read, decoder.room()));
    EXPECT_LT(largest_difference(found, expected), 1e-4) << first << ", " << second;
    EXPECT_EQ(decoder.room(), 0);
  }
}

TEST(Decoder, ReadsAfterForgettingAsIfAnew) {
  const Gpt gpt = make_gpt();
  const at::Tensor tokens = some_tokens();
  Decoder fresh(gpt);
  const at::Tensor expected = fresh.read(tokens.narrow(0, 4, 3));
  Decoder decoder(gpt);
  decoder.read(tokens);
  decoder.forget();
  EXPECT_EQ(decoder.room(), kContext);
  EXPECT_TRUE(at::equal(decoder.read(tokens.narrow(0, 4, 3)), expected));
}

TEST(Decoder, KeepsNoGraph) {
  const Gpt gpt = make_gpt();
  Decoder decoder(gpt);
  EXPECT_FALSE(decoder.read(some_tokens()).requires_grad());
}

}  // namespace
}  // namespace lockstep::test
