// SPDX-License-Identifier: Apache-2.0
// SentencePiece unigram pieces learned from the corpus, with a token for every byte for what the
// pieces do not cover, so that decode(encode(text)) == text for all UTF-8. Five characters are
// always spelled in byte tokens (reserved_characters.h). A token it does not have reads as
// U+FFFD: a model may have a larger vocabulary.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace lockstep {

// Learns at most `vocab_size` tokens from the text of `files`; a small corpus gives fewer. The same
// text gives the same tokenizer, however many cores there are. Of a large corpus only a part is
// looked at (training_lines.h). Throws Error(input) when nothing can be learned. `in_between` is
// called many times a second, and may throw to end it; the library's thread is then left behind.
std::unique_ptr<Tokenizer> train_sentencepiece(
    const std::vector<std::filesystem::path>& files, std::int64_t vocab_size,
    const std::function<void()>& in_between = [] {});

// The tokenizer of serialized(). Throws Error(input) when the bytes are no such model.
std::unique_ptr<Tokenizer> load_sentencepiece(const std::string& serialized);

}  // namespace lockstep
