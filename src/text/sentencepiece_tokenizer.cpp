// SPDX-License-Identifier: Apache-2.0
#include "text/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/sentence.h"
#include "text/corpus.h"
#include "text/reserved_characters.h"
#include "text/training_lines.h"
#include "text/utf8.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
namespace library = sentencepiece;
constexpr std::string_view kSpaceMark = "\u2581";  // how the library writes a space
constexpr std::int64_t kSmallestVocab = 258;       // the unknown, 256 bytes, the space

std::string spaces_for_marks(std::string piece) {
  for (std::size_t at = 0; (at = piece.find(kSpaceMark, at)) != std::string::npos; ++at)
    piece.replace(at, kSpaceMark.size(), " ");
  return piece;
}

class SentencePieceTokenizer : public Tokenizer {
 public:
  explicit SentencePieceTokenizer(const std::string& model)
      : model_(model), fingerprint_("sentencepiece-" + digest_of(model)) {
    const library::util::Status status = processor_.LoadFromSerializedProto(model);
    if (!status.ok())
      throw Error(ErrorKind::input,
                  sentence("loading the tokenizer: SentencePiece: {0}", {status.message()}));
    for (int id = 0; id < processor_.GetPieceSize(); ++id) text_of_token_.push_back(text_of(id));
    for (std::size_t byte = 0; byte < token_of_byte_.size(); ++byte)
      token_of_byte_[byte] = find_byte_token(static_cast<unsigned char>(byte));
  }

  std::string kind() const override { return "sentencepiece"; }
  std::int64_t vocab_size() const override {
    return static_cast<std::int64_t>(text_of_token_.size());
  }
  std::string serialized() const override { return model_; }
  std::string fingerprint() const override { return fingerprint_; }

  void encode(std::string_view text, std::vector<TokenId>& tokens) const override {
    while (!text.empty()) {
      const ReservedCharacter reserved = find_reserved_character(text);
      encode_plain(text.substr(0, reserved.offset), tokens);
      for (const char byte : text.substr(reserved.offset, reserved.length))
        tokens.push_back(token_of_byte_[static_cast<unsigned char>(byte)]);
      text.remove_prefix(reserved.offset + reserved.length);
    }
  }

  // Token by token, unlike the library: the parts of a sequence decode to the parts of its text.
  std::string decode(const std::vector<TokenId>& tokens) const override {
    std::string text;
    for (const TokenId token : tokens)
      text += token < text_of_token_.size() ? text_of_token_[token] : kReplacementCharacter;
    return text;
  }

 private:
  void encode_plain(std::string_view text, std::vector<TokenId>& tokens) const {
    if (text.empty()) return;
    std::vector<int> ids;
    const library::util::Status status = processor_.Encode(text, &ids);
    if (!status.ok())
      throw Error(ErrorKind::input,
                  sentence("splitting text into tokens: SentencePiece: {0}", {status.message()}));
    tokens.insert(tokens.end(), ids.begin(), ids.end());
  }

  // The name of a byte piece is "<0x0A>".
  std::string text_of(int id) const {
    const std::string& piece = processor_.IdToPiece(id);
    if (processor_.IsByte(id))
      return std::string(1, static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16)));
    if (processor_.IsUnknown(id)) return std::string(kReplacementCharacter);
    return processor_.IsControl(id) ? std::string() : spaces_for_marks(piece);
  }

  TokenId find_byte_token(unsigned char byte) const {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const int id =
        processor_.PieceToId(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    if (!processor_.IsByte(id))
      throw Error(ErrorKind::input,
                  sentence("loading the tokenizer: the SentencePiece model has no token for byte "
                           "{0}; train it with byte_fallback",
                           {byte}));
    return static_cast<TokenId>(id);
  }

  std::string model_;
  std::string fingerprint_;
  library::SentencePieceProcessor processor_;
  std::vector<std::string> text_of_token_;
  std::array<TokenId, 256> token_of_byte_{};
};

class LineIterator : public library::SentenceIterator {
 public:
  explicit LineIterator(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return line_ == lines_.size(); }
  void Next() override { ++line_; }
  const std::string& value() const override { return lines_[line_]; }
  library::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  std::size_t line_ = 0;
};

std::unordered_map<std::string, std::string> training_options(std::int64_t vocab_size,
                                                              const std::string& coverage) {
  return {{"model_type", "unigram"},
          {"vocab_size", std::to_string(vocab_size)},
          {"hard_vocab_limit", "false"},
          {"character_coverage", coverage},
          {"byte_fallback", "true"},
          // Without a piece for the space, its mark would be spelled in bytes.
          {"required_chars", std::string(kSpaceMark)},
          {"allow_whitespace_only_pieces", "true"},
          {"normalization_rule_name", "identity"},
          {"add_dummy_prefix", "false"},
          {"remove_extra_whitespaces", "false"},
          {"bos_id", "-1"},
          {"eos_id", "-1"},
          {"max_sentence_length", std::to_string(kTrainingLineBytes)},
          // Sums are rounded in the order of the threads: their number must not follow the machine.
          {"num_threads", "8"},
          {"minloglevel", "3"}};
}

using Lines = std::vector<std::string>;

struct Training {
  library::util::Status status;
  std::string model;
};

Training train(const Lines& lines, std::int64_t vocab_size, const std::string& coverage) {
  LineIterator iterator(lines);
  Training training;
  training.status = library::SentencePieceTrainer::Train(training_options(vocab_size, coverage),
                                                         &iterator, &training.model);
  return training;
}

// The thread still reads what is static, so the process must not destroy that at its end. _exit and
// not _Exit: that one the sanitizers know, and tell there what they have found.
void leave_behind(std::thread& thread) {
  thread.detach();
  ::on_exit(
      [](int status, void*) {
        std::fflush(nullptr);
        ::_exit(status);
      },
      nullptr);
}

// The library cannot be told to end: it trains on a thread, which is left behind if `in_between`
// throws.
Training train_aside(const std::shared_ptr<const Lines>& lines, std::int64_t vocab_size,
                     const std::string& coverage, const std::function<void()>& in_between) {
  constexpr std::chrono::milliseconds kPause{20};
  std::packaged_task<Training()> task(
      [lines, vocab_size, coverage] { return train(*lines, vocab_size, coverage); });
  std::future<Training> training = task.get_future();
  std::thread thread(std::move(task));
  try {
    do {
      in_between();
    } while (training.wait_for(kPause) != std::future_status::ready);
  } catch (...) {
    leave_behind(thread);
    throw;
  }
  thread.join();
  return training.get();
}

std::string found_without_lines(const std::vector<fs::path>& files) {
  const std::uint64_t bytes = corpus_bytes(files);
  if (bytes == 0) return sentence("the text is empty");
  return sentence(
      "the text has {0} bytes, and nothing in them but the ends of empty lines, tabs and the like",
      {bytes});
}

// 1642 of "Vocabulary size is smaller than required_chars. 310 vs 1642. Increase ..."
std::optional<std::int64_t> vocab_size_in(std::string_view message) {
  constexpr std::string_view kBefore = " vs ";
  const std::size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = message.substr(at + kBefore.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

[[noreturn]] void refuse_vocab_size(std::int64_t vocab_size, const std::string& message) {
  if (const auto needed = vocab_size_in(message))
    throw Error(ErrorKind::input,
                sentence("training a tokenizer with a vocabulary of {0}: this text needs at least "
                         "{1}; choose a larger one or --tokenizer byte",
                         {vocab_size, *needed}));
  throw Error(ErrorKind::input,
              sentence("training a tokenizer with a vocabulary of {0}: SentencePiece: {1}; choose "
                       "a larger vocabulary or --tokenizer byte",
                       {vocab_size, message}));
}

}  // namespace

std::unique_ptr<Tokenizer> train_sentencepiece(const std::vector<fs::path>& files,
                                               std::int64_t vocab_size,
                                               const std::function<void()>& in_between) {
  if (vocab_size < kSmallestVocab)
    throw Error(ErrorKind::input,
                sentence("training a tokenizer with a vocabulary of {0}: the smallest possible is "
                         "{1}; choose a larger one or --tokenizer byte",
                         {vocab_size, kSmallestVocab}));
  const auto lines =
      std::make_shared<const Lines>(training_lines(files, kTrainingBytes, in_between));
  if (lines->empty())
    throw Error(ErrorKind::input,
                sentence("training a tokenizer with a vocabulary of {0}: {1}; check {2}",
                         {vocab_size, found_without_lines(files), kTrainingTextFlag}));
  Training training;
  // Every covered character takes a place of the vocabulary; where there are too many for it, the
  // rarest are left to the byte tokens.
  for (const char* const coverage : {"0.9995", "0.995", "0.98"}) {
    training = train_aside(lines, vocab_size, coverage, in_between);
    if (training.status.ok()) return load_sentencepiece(training.model);
  }
  refuse_vocab_size(vocab_size, training.status.message());
}

std::unique_ptr<Tokenizer> load_sentencepiece(const std::string& serialized) {
  return std::make_unique<SentencePieceTokenizer>(serialized);
}

}  // namespace lockstep
