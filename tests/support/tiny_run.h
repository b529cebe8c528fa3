// SPDX-License-Identifier: Apache-2.0
// A whole run that takes a moment: the tiny model on a part of the sample text, put together from
// the parts that the trainer uses, over any world and collectives. On a GPU in float32.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "checkpoint/train_state.h"
#include "comm/collectives.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "train/trainer.h"

namespace lockstep::test {

// The tiny model on byte tokens of the first `text_bytes` of the sample text, which is copied into
// `folder`; checkpoints go to folder/checkpoints.
RunConfig tiny_config(const std::filesystem::path& folder, std::size_t text_bytes = 6000);

struct TinyResult {
  RunEnd end = RunEnd::finished;
  std::vector<double> losses;  // of every step
  std::vector<Published> published;
  TrainState state;
};

// What a test does to a rank after a step; `step`: steps made.
using AfterStep = std::function<void(Gpt& model, std::int64_t step)>;

// COLLECTIVE. From `checkpoint`, if given, else afresh.
TinyResult run_tiny(World& world, Collectives& collectives, RunConfig config,
                    const std::optional<std::filesystem::path>& checkpoint = std::nullopt,
                    const AfterStep& after_step = {});

// The same in a world of one.
TinyResult run_tiny(const RunConfig& config,
                    const std::optional<std::filesystem::path>& checkpoint = std::nullopt,
                    const AfterStep& after_step = {});

}  // namespace lockstep::test
