// SPDX-License-Identifier: Apache-2.0
// The layout that the trainer gives a model of these sizes, without LibTorch, which the trainer's
// own function needs.
#pragma once

#include <cstdint>
#include <string>

#include "config/run_config.h"
#include "tensors/flat_layout.h"

namespace lockstep::bench {

// The sizes of a preset with a context of `block_size`. Throws Error(usage) for an unknown name.
ModelConfig model_of(const std::string& name, std::int64_t block_size);

FlatLayout gpt2_layout(const ModelConfig& config);

}  // namespace lockstep::bench
