// SPDX-License-Identifier: Apache-2.0
// The one place that knows which kinds of tokenizers there are, and how one is kept in a folder:
// tokenizer.json says which it is, tokenizer.model holds its serialized() bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/late_name.h"
#include "config/run_config.h"
#include "text/tokenizer.h"

namespace lockstep {

// The kind() of the tokenizers of a kind.
std::string kind_name(TokenizerKind kind);

// The other way round. Throws Error(checkpoint) for a kind that does not exist.
TokenizerKind kind_named(const std::string& name);

// The tokenizer whose kind() and serialized() these are. Throws Error(checkpoint) for a kind that
// does not exist.
std::unique_ptr<Tokenizer> make_tokenizer(const std::string& kind, const std::string& serialized);

// Learns a tokenizer from text; kinds that need no learning ignore the text and `vocab_size`.
// `in_between` is called again and again meanwhile, and may throw to end it.
std::unique_ptr<Tokenizer> train_tokenizer(
    TokenizerKind kind, const std::vector<std::filesystem::path>& files, std::int64_t vocab_size,
    const std::function<void()>& in_between = [] {});

// Writes the tokenizer durably; the folder is made if need be.
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& folder);

// The tokenizer saved in `folder`; nullptr when there is none. Throws Error(checkpoint) when the
// files are damaged or do not belong together.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);

// The same for one that another rank has saved: waits until its files can be seen here. Never
// nullptr; throws Error(checkpoint) if they do not appear.
std::unique_ptr<Tokenizer> load_late_tokenizer(const std::filesystem::path& folder,
                                               std::chrono::milliseconds patience = kNamePatience);

}  // namespace lockstep
