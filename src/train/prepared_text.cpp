// SPDX-License-Identifier: Apache-2.0
#include "train/prepared_text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/late_name.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "comm/all_or_none.h"
#include "text/corpus.h"
#include "text/local_copy.h"
#include "text/make_tokenizer.h"
#include "text/prepare_tokens.h"
#include "train/phase.h"
#include "train/stop_request.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr char kBetweenDigests = '+';

std::unique_ptr<Tokenizer> tokenizer_beside(const fs::path& token_file) {
  std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(token_file.parent_path());
  if (tokenizer == nullptr)
    throw Error(ErrorKind::input, sentence("reading the token file {0}: its tokenizer must lie "
                                           "beside it, as in the folder text/ of a run",
                                           {token_file}));
  return tokenizer;
}

// A start with --overwrite that ended early leaves its own in the folder, or half of it.
std::string problem_with_tokenizer_in(const fs::path& folder, const Tokenizer& own) try {
  const std::unique_ptr<Tokenizer> found = load_tokenizer(folder);
  if (found == nullptr || found->fingerprint() == own.fingerprint()) return "";
  return sentence("the tokenizer in {0} is {1}, but the run was trained with {2}",
                  {folder, found->fingerprint(), own.fingerprint()});
} catch (const Error& error) {
  return error.what();
}

std::unique_ptr<Tokenizer> stored_tokenizer(const StoredTokenizer& stored, TextOrigin origin,
                                            const fs::path& folder) {
  std::unique_ptr<Tokenizer> tokenizer = make_tokenizer(stored.kind, stored.serialized);
  if (origin == TextOrigin::new_run) return tokenizer;
  const std::string problem = problem_with_tokenizer_in(folder, *tokenizer);
  if (!problem.empty())
    log_warning(sentence("{0}; that of the checkpoint is written there in its place", {problem}));
  return tokenizer;
}

void end_if_asked_to_stop() {
  const bool is_out_of_time = is_time_to_stop(time_left(), 0.0, 0.0);
  if (!stop_requested() && !is_out_of_time) return;
  const std::string what =
      stop_requested() ? sentence("stopped on request") : sentence("stopped before the time limit");
  throw Error(ErrorKind::stopped,
              sentence("{0} while the text was prepared, before there was anything to save; the "
                       "next start prepares it anew",
                       {what}));
}

// THREADS: rank 0 only, as all below up to prepare_files().
std::unique_ptr<Tokenizer> choose_tokenizer(const RunConfig& config, TextOrigin origin,
                                            const std::optional<StoredTokenizer>& stored,
                                            const fs::path& folder) {
  if (stored) return stored_tokenizer(*stored, origin, folder);
  const std::vector<std::string>& files = config.data.files;
  if (const auto ready = ready_token_file(files)) return tokenizer_beside(*ready);
  if (origin == TextOrigin::resumed_run) {
    if (std::unique_ptr<Tokenizer> found = load_tokenizer(folder)) return found;
  }
  return train_tokenizer(config.data.tokenizer, list_texts(files), config.data.tokenizer_vocab_size,
                         end_if_asked_to_stop);
}

void check_fits(const Tokenizer& tokenizer, const ModelConfig& model) {
  if (model.vocab_size == 0 || tokenizer.vocab_size() <= model.vocab_size) return;
  throw Error(ErrorKind::input,
              sentence("preparing the text: the {0} tokenizer has {1} tokens, the model only {2}; "
                       "give a smaller --tokenizer-vocab-size or --tokenizer byte",
                       {tokenizer.kind(), tokenizer.vocab_size(), model.vocab_size}));
}

bool holds_tokens(const fs::path& token_file, const std::string& digest) try {
  const TokenFile tokens = TokenFile::open(token_file);
  if (tokens.digest() != digest) return false;
  verify_tokens(tokens, end_if_asked_to_stop);
  return true;
} catch (const Error& error) {
  if (error.kind() != ErrorKind::input) throw;  // from between the pieces
  return false;
}

// They may be the last that is left of the text of then.
void keep_trained_tokens(const TrainedTokens& trained, const std::string& now,
                         const fs::path& token_file, const std::string& flag) {
  if (now == trained.digest || !holds_tokens(token_file, trained.digest)) return;
  throw Error(ErrorKind::input,
              sentence("resuming {0}: the text is not the one this run was trained on (tokens {1}, "
                       "then {2}, which are still in {3}); go on with those ({4} {5}), give that "
                       "text, or start a new run from these weights with --checkpoint {6} and "
                       "another --output-dir",
                       {trained.checkpoint, now, trained.digest, token_file, flag,
                        shell_word(token_file.string()), shell_word(trained.checkpoint.string())}));
}

// The token file for `files`: they are one already, or it is made under `name`.
fs::path token_file_for(const std::vector<std::string>& files, const std::string& flag,
                        const Tokenizer& tokenizer, const fs::path& name,
                        const TrainedTokens& trained) {
  const std::optional<fs::path> ready = ready_token_file(files);
  if (!ready) {
    prepare_tokens(files, tokenizer, name, end_if_asked_to_stop, flag,
                   [&](const std::string& now) { keep_trained_tokens(trained, now, name, flag); });
    return name;
  }
  const TokenFile given = TokenFile::open(*ready);
  if (given.tokenizer_fingerprint() != tokenizer.fingerprint())
    throw Error(
        ErrorKind::input,
        sentence(
            "reading the token file {0}: it was made with the tokenizer {1}, this run uses {2}",
            {*ready, given.tokenizer_fingerprint(), tokenizer.fingerprint()}));
  if (given.vocab_size() != tokenizer.vocab_size())
    throw Error(
        ErrorKind::input,
        sentence(
            "reading the token file {0}: its vocabulary has {1} tokens, that of its tokenizer {2}",
            {*ready, given.vocab_size(), tokenizer.vocab_size()}));
  verify_tokens(given, end_if_asked_to_stop);
  return *ready;
}

struct PreparedFiles {
  fs::path train;
  fs::path validation;  // empty: the end of `train`
};

// With the one character between them that no path has.
std::string text_of(const PreparedFiles& files) {
  return files.train.string() + '\0' + files.validation.string();
}

PreparedFiles files_from_text(const std::string& text) {
  const std::size_t end = text.find('\0');
  return {.train = text.substr(0, end), .validation = text.substr(end + 1)};
}

std::vector<fs::path> files_behind(const std::vector<std::string>& names, const std::string& flag) {
  if (const auto ready = ready_token_file(names)) return {*ready};
  return list_text_files(names, flag);
}

// A folder of texts is easily named whole, with the one in it that is to be the validation text.
// The training text may have very many files, of which nothing is kept here.
void warn_of_trained_validation(const DataConfig& data) {
  if (data.validation_files.empty()) return;
  std::map<std::string, fs::path> validation;  // by what tells one file from others
  for (const fs::path& file : files_behind(data.validation_files, kValidationTextFlag))
    validation.emplace(file_identity(file, ErrorKind::input), file);
  for (const fs::path& file : files_behind(data.files, kTrainingTextFlag)) {
    const auto found = validation.find(file_identity(file, ErrorKind::input));
    if (found == validation.end()) continue;
    return log_warning(
        sentence("validating on {0}: the training text has it too, so the validation loss tells "
                 "how well it was learned by heart, and the best model is chosen by that; take it "
                 "out of --data-file, or give another --val-file",
                 {found->second}));
  }
}

PreparedFiles prepare_files(const RunConfig& config, TextOrigin origin,
                            const std::optional<StoredTokenizer>& stored, const fs::path& folder,
                            const TrainedTokens& trained) {
  const std::unique_ptr<Tokenizer> tokenizer = choose_tokenizer(config, origin, stored, folder);
  check_fits(*tokenizer, config.model);
  save_tokenizer(*tokenizer, folder);
  const std::size_t end = trained.digest.find(kBetweenDigests);
  const bool had_validation = end != std::string::npos;
  PreparedFiles files;
  files.train =
      token_file_for(config.data.files, kTrainingTextFlag, *tokenizer, folder / names::kTrainTokens,
                     {trained.digest.substr(0, end), trained.checkpoint});
  if (!config.data.validation_files.empty())
    files.validation =
        token_file_for(config.data.validation_files, kValidationTextFlag, *tokenizer,
                       folder / names::kValidationTokens,
                       {had_validation ? trained.digest.substr(end + 1) : "", trained.checkpoint});
  warn_of_trained_validation(config.data);
  return files;
}

void copy_to_host(const PreparedFiles& files, const fs::path& local_folder) {
  const Phase phase("copying the text to this host");
  for (const fs::path& path : {files.train, files.validation}) {
    if (path.empty()) continue;
    wait_for_name(path, ErrorKind::input);
    make_local_copy(TokenFile::open(path), local_folder, end_if_asked_to_stop);
  }
}

TokenFile open_tokens(const fs::path& path, const fs::path& local_folder) {
  TokenFile tokens = TokenFile::open(path);
  if (local_folder.empty()) return tokens;
  return TokenFile::open(local_copy_path(tokens, local_folder));
}

// Another process may have begun a run in the folder since.
void check_made_with(const Tokenizer& tokenizer, const TokenFile& tokens, const fs::path& folder) {
  if (tokens.tokenizer_fingerprint() == tokenizer.fingerprint()) return;
  throw Error(
      ErrorKind::input,
      sentence("opening the token file {0}: it was made with the tokenizer {1}, but {2} "
               "holds {3} by now; if another run has begun there, give this one another "
               "--output-dir; else start again",
               {tokens.path(), tokens.tokenizer_fingerprint(), folder, tokenizer.fingerprint()}));
}

PreparedText open_text(const RunConfig& config, const PreparedFiles& files,
                       const fs::path& folder) {
  for (const fs::path& path : {folder, files.train, files.validation})
    if (!path.empty()) wait_for_name(path, ErrorKind::input);
  std::unique_ptr<Tokenizer> tokenizer = load_late_tokenizer(folder);
  TokenFile train = open_tokens(files.train, config.data.local_dir);
  std::optional<TokenFile> validation;
  if (!files.validation.empty()) validation = open_tokens(files.validation, config.data.local_dir);
  check_made_with(*tokenizer, train, folder);
  if (validation) check_made_with(*tokenizer, *validation, folder);
  const Split split = split_for(config, train.count(),
                                validation ? std::optional(validation->count()) : std::nullopt);
  return {std::move(tokenizer), std::move(train), std::move(validation), split};
}

std::string identity(const PreparedText& text) {
  std::string identity = file_identity(text.train.path(), ErrorKind::input);
  if (text.validation) identity += "+" + file_identity(text.validation->path(), ErrorKind::input);
  return identity;
}

// COLLECTIVE. A path may lead to another file on each host.
void check_same_files(World& world, const PreparedText& text) {
  const std::vector<std::string> digests = world.gather_all(text.digest());
  const auto other = std::ranges::find_if(
      digests, [&](const std::string& digest) { return digest != digests.front(); });
  if (other == digests.end()) return;
  throw SharedError(
      ErrorKind::input,
      sentence("opening the token file {0}: rank {1} has the tokens {2}, rank 0 has {3}; give all "
               "hosts the same files, best on a file system they share",
               {text.train.path(), other - digests.begin(), *other, digests.front()}));
}

// COLLECTIVE. Rank 0 has read its own files whole. A host that has others reads those, once.
void verify_files_of_hosts(World& world, const PreparedText& text) {
  const Phase phase("reading the tokens of this host");
  std::string own;
  all_or_none(world, [&] { own = identity(text); });
  const bool has_others = world.gather_all(own).front() != own;
  all_or_none(
      world,
      [&] {
        if (!has_others || world.local_rank() != 0) return;
        verify_tokens(text.train, end_if_asked_to_stop);
        if (text.validation) verify_tokens(*text.validation, end_if_asked_to_stop);
      },
      kPreparationTimeout);
}

}  // namespace

Split split_for(const RunConfig& config, std::int64_t train_tokens,
                std::optional<std::int64_t> validation_tokens) {
  const std::int64_t context = config.model.block_size;
  const std::int64_t stride = window_stride(config);
  if (validation_tokens) return split_tokens(train_tokens, *validation_tokens, context, stride);
  return split_tokens(train_tokens, config.data.val_fraction, context, stride);
}

std::string PreparedText::digest() const {
  return validation ? train.digest() + kBetweenDigests + validation->digest() : train.digest();
}

PreparedText prepare_text(World& world, RunConfig& config, TextOrigin origin,
                          const std::optional<StoredTokenizer>& stored,
                          const TrainedTokens& trained) {
  const Phase phase("preparing the text");
  const fs::path folder = fs::path(config.checkpoint.directory) / names::kText;
  const PreparedFiles files = files_from_text(ask_rank_zero(
      world, [&] { return text_of(prepare_files(config, origin, stored, folder, trained)); },
      kPreparationTimeout));
  if (!config.data.local_dir.empty()) {
    all_or_none(
        world,
        [&] {
          if (world.local_rank() == 0) copy_to_host(files, config.data.local_dir);
        },
        kPreparationTimeout);
  }
  std::optional<PreparedText> text;
  all_or_none(world, [&] { text = open_text(config, files, folder); });
  check_same_files(world, *text);
  // Copies of --local-dir were read back where they were made.
  if (config.data.local_dir.empty()) verify_files_of_hosts(world, *text);
  if (config.model.vocab_size == 0) config.model.vocab_size = text->tokenizer->vocab_size();
  return *std::move(text);
}

}  // namespace lockstep
