// SPDX-License-Identifier: Apache-2.0
// From the text to the token file that training reads, once per text and tokenizer.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "text/corpus.h"
#include "text/tokenizer.h"

namespace lockstep {

// The token file that `names` already is: exactly one name, of a token file. It is used as it is,
// without prepare_tokens().
std::optional<std::filesystem::path> ready_token_file(const std::vector<std::string>& names);

// The files behind `names` (see list_text_files), of which a tokenizer can learn and tokens can be
// made. Throws Error(input) for a token file among them, too.
std::vector<std::filesystem::path> list_texts(const std::vector<std::string>& names,
                                              const std::string& flag = kTrainingTextFlag);

// Writes the tokens of the text behind `names` (see list_texts) to `token_file`, durably. A
// token file of the same tokenizer and of the unchanged text is read whole and kept; a damaged one
// is made again with a warning. Throws Error(input) when the text is unusable or empty.
// `between_pieces` is called after every few megabytes, and may throw to end it; `before_replacing`
// with the digest of new tokens, and may throw to leave `token_file` as it is.
void prepare_tokens(
    const std::vector<std::string>& names, const Tokenizer& tokenizer,
    const std::filesystem::path& token_file, const std::function<void()>& between_pieces = [] {},
    const std::string& flag = kTrainingTextFlag,
    const std::function<void(const std::string& digest)>& before_replacing = [](const auto&) {});

}  // namespace lockstep
