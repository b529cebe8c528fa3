// SPDX-License-Identifier: Apache-2.0
// The forms in which a trained model is handed to other programs (FORMAT.md). Not a checkpoint: no
// run goes on from them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace lockstep {

enum class ModelFormat {
  hf,           // a folder that transformers loads as GPT2LMHeadModel
  safetensors,  // the parameters alone, as the .pt file names them
};

// By the values of ModelFormat.
inline constexpr std::array<std::string_view, 2> kModelFormatNames = {"hf", "safetensors"};

constexpr std::string_view name_of(ModelFormat format) {
  return kModelFormatNames[static_cast<std::size_t>(format)];
}

}  // namespace lockstep
