// SPDX-License-Identifier: Apache-2.0
// A RunConfig as JSON text and back: sections model, data, train, optim and checkpoint with the
// names of the structs as keys, and `preset`. Used for --config, --save-config, configs/ and inside
// checkpoints.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/run_config.h"

namespace lockstep {

// Every setting, in a fixed order; numbers read back exactly. Throws Error(usage) for a text that
// is not UTF-8, which JSON cannot hold.
std::string config_to_json(const RunConfig& config);

// Changes the settings of `config` that the JSON gives and leaves the others. `preset` is applied
// before all other keys and a known `model.name` before the other keys of the model; batch_size and
// batch_per_rank replace each other unless both are given. Returns every problem with its key path
// ("train.batch_sise: unknown key; did you mean 'batch_size'?"); with problems, `config` is not fit
// for use.
// `preset` is one that wins over the JSON's own.
[[nodiscard]] std::vector<std::string> apply_json(const std::string& json, RunConfig& config,
                                                  const std::optional<std::string>& preset = {});

// The settings that the JSON gives: "preset", "train.epochs". Empty for what is no JSON object.
std::set<std::string> settings_in(const std::string& json);

}  // namespace lockstep
