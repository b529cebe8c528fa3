// SPDX-License-Identifier: Apache-2.0
// The text of a run as token files: made once by rank 0, in the run's folder text/, while the
// others wait; copied, if wanted, to a disk of each host; opened by every rank, and read whole once
// on every host that has files of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "batches/windows.h"
#include "checkpoint/stored_tokenizer.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "text/token_file.h"
#include "text/tokenizer.h"

namespace lockstep {

struct PreparedText {
  std::unique_ptr<Tokenizer> tokenizer;
  TokenFile train;
  std::optional<TokenFile> validation;  // absent: the end of `train` is
  Split split;

  const TokenFile& validation_tokens() const { return validation ? *validation : train; }
  // Names the tokens, so that a resume can tell whether they are still the same.
  std::string digest() const;
};

// The windows of a run over this many tokens; without validation tokens of their own, those of the
// end of the training tokens. Throws Error(input) if there are too few.
Split split_for(const RunConfig& config, std::int64_t train_tokens,
                std::optional<std::int64_t> validation_tokens);

enum class TextOrigin { new_run, resumed_run };

// What a resumed run was trained on: the digest() of its text, and the checkpoint that says so.
struct TrainedTokens {
  std::string digest;  // empty where that is not known
  std::filesystem::path checkpoint;
};

// COLLECTIVE. The tokenizer is `stored` if there is one; else that beside the token file, when
// config names one instead of text; else that of the resumed run's folder; else one trained on the
// text. Fills in config.model.vocab_size where it is 0. Throws SharedError(input) for text that is
// missing or too short and for a tokenizer with more tokens than the model, SharedError(stopped)
// when asked to stop. Where the resumed run's folder holds another tokenizer than `stored`, that
// is replaced, with a warning; tokens there that it was trained on are not, and where the text
// gives others SharedError(input) says so.
PreparedText prepare_text(World& world, RunConfig& config, TextOrigin origin,
                          const std::optional<StoredTokenizer>& stored,
                          const TrainedTokens& trained = {});

}  // namespace lockstep
