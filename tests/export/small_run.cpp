// SPDX-License-Identifier: Apache-2.0
#include "export/small_run.h"

#include <numeric>

#include "export/training_file.h"

namespace lockstep::test {
namespace {

TrainState some_state() {
  TrainState state;
  state.epoch = 3;
  state.step = 42;
  state.best_loss = 1.5;
  state.best_epoch = 2;
  state.train_loss = 1.25;
  state.val_loss = 1.75;
  state.history = {{3.0, 2.0, 1.25}, {2.5, 1.5, 1.75}, {1, 2, 3}};
  state.tokens_digest = "d1";
  state.run_config = "{\"seed\": 1}";
  return state;
}

SmallRun run_of(std::int64_t vocab_size, std::int64_t width) {
  SmallRun run;
  TrainingContent& content = run.content;
  content.state = some_state();
  content.model = {.name = "tiny",
                   .vocab_size = vocab_size,
                   .n_layer = 1,
                   .n_head = 1,
                   .n_embd = width,
                   .block_size = 4,
                   .dropout = 0.25,
                   .bias = false};
  content.layout = FlatLayout({{"transformer.wte.weight", {vocab_size, width}},
                               {"transformer.h.0.ln_1.weight", {width}},
                               {"transformer.h.0.attn.c_attn.weight", {3 * width, width}},
                               {"transformer.ln_f.bias", {width}}});
  content.groups = {{.learning_rate = 0.5, .weight_decay = 0.1, .tensors = {0, 2}},
                    {.learning_rate = 0.5, .weight_decay = 0.0, .tensors = {1, 3}}};
  content.tokenizer = {.kind = "byte", .serialized = std::string("\0tokens", 7)};
  float first = 0.0F;
  for (const StateArray array : kStateArrays) {
    run.values[array].resize(static_cast<std::size_t>(content.layout.elements()));
    std::iota(run.values[array].begin(), run.values[array].end(), first += 100.0F);
  }
  return run;
}

}  // namespace

std::span<const float> SmallRun::elements(StateArray array, ElementRange range) const {
  return std::span(values[array])
      .subspan(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count()));
}

StateDigests SmallRun::digests() const {
  StateDigests digests;
  for (const StateArray array : kStateArrays) digests[array] = chunk_digests(values[array]);
  return digests;
}

void SmallRun::write(const std::filesystem::path& path) const {
  PerArray<std::span<const float>> spans;
  for (const StateArray array : kStateArrays) spans[array] = values[array];
  write_training_file(path, content, spans);
}

SmallRun small_run() { return run_of(8, 2); }

SmallRun two_chunk_run() { return run_of(300, 64); }

}  // namespace lockstep::test
