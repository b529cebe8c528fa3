// SPDX-License-Identifier: Apache-2.0
// Our GPT as transformers' GPT2LMHeadModel: its tensors and its configuration. Pure. FORMAT.md says
// in what the two differ.
#pragma once

#include <string>
#include <vector>

#include "config/run_config.h"
#include "export/exported_tensor.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// Every parameter that GPT2LMHeadModel has, in its order; those of a tied head are the embedding's.
// Biases that our model was made without are zeros. Throws Error(checkpoint), its text beginning
// with `doing`, if the parameters in `layout` are not those of a GPT of this configuration.
std::vector<ExportedTensor> hf_tensors(const FlatLayout& layout, const ModelConfig& model,
                                       const std::string& doing);

// The text of config.json. REQUIRES: hf_tensors() took them.
std::string hf_config(const FlatLayout& layout, const ModelConfig& model);

}  // namespace lockstep
