// SPDX-License-Identifier: Apache-2.0
// A trained GPT as what writes text, on the processors of this machine.
#pragma once

#include <filesystem>
#include <memory>

#include "generate/text_model.h"
#include "model/gpt.h"
#include "text/tokenizer.h"

namespace lockstep {

// Once the context is full it forgets all but the newer half of it, and goes on from there: the
// positions of GPT-2 are learned, and there are no more of them.
// Computes with `threads` threads, on behalf of whoever calls.
// REQUIRES: the tokenizer has no more tokens than the model; those that it does not have are never
// chosen.
std::unique_ptr<TextModel> make_gpt_text_model(std::unique_ptr<Gpt> model,
                                               std::unique_ptr<Tokenizer> tokenizer, int threads);

// The model of a checkpoint: a set or a .pt file, ours or Python's. The tokenizer is the one it
// holds, else the one beside it. Verifies what it reads, by digests or, in a file that has none, by
// CRC-32. Throws Error(checkpoint) where it is damaged, has no tokenizer, or is of no GPT.
std::unique_ptr<TextModel> load_text_model(const std::filesystem::path& checkpoint, int threads);

}  // namespace lockstep
