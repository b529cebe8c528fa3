// SPDX-License-Identifier: Apache-2.0
#include "model/first_calls.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "model/gpt.h"
#include "model/init.h"

namespace lockstep {
namespace {

// Attention with dropout calls other products from its second block of rows on.
constexpr std::int64_t kTokens = 144;

// Of a small model with the parts of any other: without dropout, attention is LibTorch's.
void pass(GeluKind gelu, double dropout) {
  const ModelConfig config{.vocab_size = kTokens,
                           .n_layer = 1,
                           .n_head = 2,
                           .n_embd = 32,
                           .block_size = kTokens,
                           .dropout = dropout,
                           .bias = true,
                           .gelu = gelu};
  Gpt gpt(config);
  initialize(gpt.parameters(), config, /*seed=*/0);
  gpt.parameters().collect_gradients_in(at::zeros_like(gpt.parameters().values()));
  const at::Tensor tokens_BT = at::arange(kTokens, at::kLong).unsqueeze(0);
  gpt.key_dropout(/*seed=*/0, /*step=*/0, /*lane=*/0);
  gpt.loss_sum(tokens_BT, tokens_BT, Mode::training).backward();
  const at::NoGradGuard no_grad;
  gpt.loss_sum(tokens_BT, tokens_BT, Mode::evaluation);
}

}  // namespace

void use_threads_after_first_calls(int threads) {
  at::set_num_threads(1);
  pass(GeluKind::erf, /*dropout=*/0.1);
  pass(GeluKind::tanh, /*dropout=*/0.0);
  at::set_num_threads(threads);
}

}  // namespace lockstep
