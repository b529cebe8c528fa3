// SPDX-License-Identifier: Apache-2.0
#include "text/make_tokenizer.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_depth.h"
#include "base/sentence.h"
#include "text/byte_tokenizer.h"
#include "text/sentencepiece_tokenizer.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr const char* kDescriptionName = "tokenizer.json";
constexpr const char* kModelName = "tokenizer.model";

struct Description {
  std::string kind;
  std::string fingerprint;
};

[[noreturn]] void fail_loading(const fs::path& folder, const std::string& found) {
  throw Error(ErrorKind::checkpoint,
              sentence("loading the tokenizer in {0}: {1}", {folder, found}));
}

[[noreturn]] void fail_as_damaged(const fs::path& folder, const std::string& why) {
  throw Error(ErrorKind::checkpoint, sentence("loading the tokenizer in {0}: {1} is damaged: {2}",
                                              {folder, kDescriptionName, why}));
}

Description read_description(const fs::path& folder) try {
  const std::string text = read_file(folder / kDescriptionName, ErrorKind::checkpoint);
  if (nests_too_deep(text)) fail_as_damaged(folder, nesting_problem());
  const auto json = nlohmann::json::parse(text);
  if (!json.contains("kind"))
    fail_loading(folder, sentence("{0} is not one of Lockstep's (of Hugging Face, maybe); the one "
                                  "of the run is in its folder text/",
                                  {kDescriptionName}));
  return {.kind = json.at("kind").get<std::string>(),
          .fingerprint = json.at("fingerprint").get<std::string>()};
} catch (const nlohmann::json::exception& error) {
  fail_as_damaged(folder, error.what());
}

}  // namespace

std::string kind_name(TokenizerKind kind) {
  switch (kind) {
    case TokenizerKind::byte: return "byte";
    case TokenizerKind::sentencepiece: return "sentencepiece";
  }
  throw Error(ErrorKind::internal, "naming a kind of tokenizer: unhandled TokenizerKind");
}

TokenizerKind kind_named(const std::string& name) {
  for (const TokenizerKind kind : {TokenizerKind::byte, TokenizerKind::sentencepiece})
    if (kind_name(kind) == name) return kind;
  throw Error(ErrorKind::checkpoint,
              sentence("making the tokenizer: this version knows no kind '{0}'; it was written by "
                       "another version or is damaged",
                       {name}));
}

std::unique_ptr<Tokenizer> make_tokenizer(const std::string& kind, const std::string& serialized) {
  switch (kind_named(kind)) {
    case TokenizerKind::byte: return std::make_unique<ByteTokenizer>();
    case TokenizerKind::sentencepiece: return load_sentencepiece(serialized);
  }
  throw Error(ErrorKind::internal, "making the tokenizer: unhandled TokenizerKind");
}

std::unique_ptr<Tokenizer> train_tokenizer(TokenizerKind kind, const std::vector<fs::path>& files,
                                           std::int64_t vocab_size,
                                           const std::function<void()>& in_between) {
  switch (kind) {
    case TokenizerKind::byte: return std::make_unique<ByteTokenizer>();
    case TokenizerKind::sentencepiece: return train_sentencepiece(files, vocab_size, in_between);
  }
  throw Error(ErrorKind::internal, "training a tokenizer: unhandled TokenizerKind");
}

void save_tokenizer(const Tokenizer& tokenizer, const fs::path& folder) {
  const nlohmann::ordered_json description = {{"kind", tokenizer.kind()},
                                              {"vocab_size", tokenizer.vocab_size()},
                                              {"fingerprint", tokenizer.fingerprint()}};
  make_directory(folder, ErrorKind::checkpoint);
  const fs::path model = folder / kModelName;
  const bool is_first = !fs::exists(model);
  // The description last: with it, the tokenizer exists.
  write_durably(model, tokenizer.serialized(), ErrorKind::checkpoint);
  try {
    write_durably(folder / kDescriptionName, description.dump(2) + "\n", ErrorKind::checkpoint);
  } catch (const Error&) {
    std::error_code ignored;
    if (is_first) fs::remove(model, ignored);
    throw;
  }
}

namespace {

std::unique_ptr<Tokenizer> read_tokenizer(const fs::path& folder) {
  const Description described = read_description(folder);
  const std::string model = read_file(folder / kModelName, ErrorKind::checkpoint);
  std::unique_ptr<Tokenizer> tokenizer;
  try {
    tokenizer = make_tokenizer(described.kind, model);
  } catch (const Error& error) {
    fail_loading(folder, error.what());
  }
  if (tokenizer->fingerprint() != described.fingerprint)
    fail_loading(
        folder,
        sentence("{0} describes {1} but {2} holds {3}; one of them was replaced or is damaged",
                 {kDescriptionName, described.fingerprint, kModelName, tokenizer->fingerprint()}));
  return tokenizer;
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& folder) {
  if (!is_there(folder / kDescriptionName, ErrorKind::checkpoint)) return nullptr;
  return read_tokenizer(folder);
}

std::unique_ptr<Tokenizer> load_late_tokenizer(const fs::path& folder,
                                               std::chrono::milliseconds patience) {
  for (const char* const name : {kModelName, kDescriptionName})
    wait_for_name(folder / name, ErrorKind::checkpoint, patience);
  return read_tokenizer(folder);
}

}  // namespace lockstep
