// SPDX-License-Identifier: Apache-2.0
#include "text/prepare_tokens.h"

#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "text/corpus.h"
#include "text/token_file.h"
#include "text/token_file_writer.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool is_current(const fs::path& token_file, const Tokenizer& tokenizer,
                const std::string& source_fingerprint,
                const std::function<void()>& between_pieces) try {
  if (!is_there(token_file, ErrorKind::input)) return false;
  const TokenFile tokens = TokenFile::open(token_file);
  if (tokens.tokenizer_fingerprint() != tokenizer.fingerprint() ||
      tokens.source_fingerprint() != source_fingerprint)
    return false;
  verify_tokens(tokens, between_pieces);
  return true;
} catch (const Error& error) {
  if (error.kind() != ErrorKind::input) throw;  // from between the pieces
  log_warning(sentence("making the tokens again: {0}", {error.what()}));
  return false;
}

void write_tokens(CorpusReader& text, const Tokenizer& tokenizer, TokenFileWriter& writer,
                  const std::function<void()>& between_pieces) {
  std::vector<TokenId> tokens;
  while (const std::optional<std::string_view> piece = text.next()) {
    tokens.clear();
    tokenizer.encode(*piece, tokens);
    writer.append(tokens);
    between_pieces();
  }
}

std::string found_without_tokens(const std::vector<fs::path>& files, const std::string& flag) {
  if (files.size() == 1)
    return sentence("reading the text: {0} is empty; check {1}", {files.front(), flag});
  return sentence("reading the text: {0} and the other files are empty; check {1}",
                  {files.front(), flag});
}

}  // namespace

std::optional<fs::path> ready_token_file(const std::vector<std::string>& names) {
  if (names.size() == 1 && is_token_file(names.front())) return names.front();
  return std::nullopt;
}

std::vector<fs::path> list_texts(const std::vector<std::string>& names, const std::string& flag) {
  std::vector<fs::path> files = list_text_files(names, flag);
  for (const fs::path& file : files) {
    if (is_token_file(file))
      throw Error(ErrorKind::input,
                  sentence("reading the text: {0} is a token file, which cannot be mixed with "
                           "text; give it alone with {1}",
                           {file, flag}));
  }
  return files;
}

void prepare_tokens(const std::vector<std::string>& names, const Tokenizer& tokenizer,
                    const fs::path& token_file, const std::function<void()>& between_pieces,
                    const std::string& flag,
                    const std::function<void(const std::string& digest)>& before_replacing) {
  const std::vector<fs::path> files = list_texts(names, flag);
  const std::string source = corpus_fingerprint(files);
  if (is_current(token_file, tokenizer, source, between_pieces)) return;

  if (token_file.has_parent_path()) make_directory(token_file.parent_path(), ErrorKind::input);
  TokenFileWriter writer(token_file, tokenizer.vocab_size(), tokenizer.fingerprint(), source);
  CorpusReader text(files);
  write_tokens(text, tokenizer, writer, between_pieces);
  if (writer.count() == 0) throw Error(ErrorKind::input, found_without_tokens(files, flag));
  before_replacing(writer.digest());
  writer.finish();
}

}  // namespace lockstep
