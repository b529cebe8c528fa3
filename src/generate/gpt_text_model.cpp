// SPDX-License-Identifier: Apache-2.0
#include "generate/gpt_text_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/sentence.h"
#include "base/worker.h"
#include "config/problems.h"
#include "generate/whole_characters.h"
#include "model/decoder.h"
#include "model/first_calls.h"
#include "store/layout_difference.h"
#include "store/open_checkpoint.h"
#include "text/make_tokenizer.h"

namespace lockstep {
namespace {

using Tokens = std::vector<TokenId>;

// For who sent the prompt, in English whatever the language of this process.
constexpr const char* kNothingInPrompt =
    "splitting the prompt into tokens: the model's tokenizer leaves out all of it; give one with a "
    "word in it";

// In [0, 1), for the `index`th token of a text.
double uniform_number(std::uint64_t seed, std::int64_t index) {
  const std::uint64_t bits =
      random_bits(seed, RandomPurpose::generation, static_cast<std::uint64_t>(index));
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

// The last `count`.
at::Tensor newest(const Tokens& tokens, std::int64_t count) {
  const std::vector<std::int64_t> ids(tokens.end() - count, tokens.end());
  return at::tensor(ids, at::kLong);
}

class GptTextModel : public TextModel {
 public:
  GptTextModel(std::unique_ptr<Gpt> model, std::unique_ptr<Tokenizer> tokenizer, int threads)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)), decoder_(*model_) {
    computing_.start([threads] { use_threads_after_first_calls(threads); }).get();
  }

  std::int64_t parameters() const override { return model_->parameters().layout().elements(); }
  std::string device() const override { return "cpu"; }

  TokenCounts generate(const TextRequest& request, const TakePiece& take) override {
    try {
      return computing_.start([&] { return write(request, take); }).get();
    } catch (const c10::Error& error) {
      throw Error(ErrorKind::internal,
                  std::string("generating text: LibTorch: ") + error.what_without_backtrace());
    }
  }

 private:
  TokenCounts write(const TextRequest& request, const TakePiece& take) {
    Tokens tokens;
    tokenizer_->encode(request.prompt, tokens);
    // One that Python brought may leave out spaces.
    if (tokens.empty()) throw Error(ErrorKind::input, kNothingInPrompt);
    TokenCounts counts{.prompt = static_cast<std::int64_t>(tokens.size())};
    decoder_.forget();
    const std::int64_t read = std::min(counts.prompt, decoder_.room());
    counts.unread = counts.prompt - read;
    WholeCharacters characters;
    at::Tensor logits_V = decoder_.read(newest(tokens, read));
    for (;;) {
      tokens.push_back(sample_token(logits_of_tokens(logits_V), tokens, request.sampling,
                                    uniform_number(request.seed, counts.written)));
      ++counts.written;
      const bool is_last = counts.written == request.max_new_tokens;
      std::string piece = characters.add(tokenizer_->decode({tokens.back()}));
      if (is_last) piece += characters.end();
      const bool wants_more = piece.empty() || take(piece);
      if (is_last || !wants_more) return counts;
      logits_V = read_newest(tokens);
    }
  }

  // A vocabulary larger than the tokenizer's has logits of tokens that are nothing.
  std::vector<float> logits_of_tokens(const at::Tensor& logits_V) const {
    const float* const first = logits_V.const_data_ptr<float>();
    return {first, first + tokenizer_->vocab_size()};
  }

  at::Tensor read_newest(const Tokens& tokens) {
    if (decoder_.room() > 0) return decoder_.read(newest(tokens, 1));
    decoder_.forget();
    return decoder_.read(newest(tokens, std::max<std::int64_t>(decoder_.room() / 2, 1)));
  }

  std::unique_ptr<Gpt> model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Decoder decoder_;
  Worker computing_;  // OpenMP keeps a team of threads for every thread that computes
};

std::unique_ptr<Tokenizer> tokenizer_of(const OpenCheckpoint& checkpoint) {
  if (checkpoint.tokenizer)
    return make_tokenizer(checkpoint.tokenizer->kind, checkpoint.tokenizer->serialized);
  return load_tokenizer(checkpoint.path.parent_path());
}

// Before there is memory for it: a file of Python may describe anything.
void check_model(const OpenCheckpoint& checkpoint) {
  const std::vector<std::string> problems = problems_in(checkpoint.model);
  if (!problems.empty())
    throw Error(ErrorKind::checkpoint, sentence("loading {0}: the model that it describes "
                                                "is impossible: {1}",
                                                {checkpoint.path, problems.front()}));
  const std::string difference =
      layout_difference(checkpoint.reader->layout(), parameter_layout(checkpoint.model));
  if (difference.empty()) return;
  throw Error(ErrorKind::checkpoint,
              sentence("loading {0}: its tensors are not those of the model that it describes: {1}",
                       {checkpoint.path, difference}));
}

}  // namespace

std::unique_ptr<TextModel> make_gpt_text_model(std::unique_ptr<Gpt> model,
                                               std::unique_ptr<Tokenizer> tokenizer, int threads) {
  return std::make_unique<GptTextModel>(std::move(model), std::move(tokenizer), threads);
}

std::unique_ptr<TextModel> load_text_model(const std::filesystem::path& checkpoint, int threads) {
  const OpenCheckpoint open = open_checkpoint(checkpoint);
  check_model(open);
  std::unique_ptr<Tokenizer> tokenizer = tokenizer_of(open);
  if (!tokenizer)
    throw Error(ErrorKind::checkpoint,
                sentence("loading {0}: it has no tokenizer, and there is no tokenizer.json beside "
                         "it; put the tokenizer.json and tokenizer.model there that its text was "
                         "prepared with",
                         {checkpoint}));
  if (tokenizer->vocab_size() > open.model.vocab_size)
    throw Error(ErrorKind::checkpoint,
                sentence("loading {0}: its tokenizer has {1} tokens, the model {2}; they do not "
                         "belong together",
                         {checkpoint, tokenizer->vocab_size(), open.model.vocab_size}));
  open.reader->check_without_digests();  // with them, what is read is compared
  auto model = std::make_unique<Gpt>(open.model);
  at::Tensor& values = model->parameters().values();
  open.reader->read(StateArray::parameters, {0, values.numel()},
                    {values.mutable_data_ptr<float>(), static_cast<std::size_t>(values.numel())});
  return make_gpt_text_model(std::move(model), std::move(tokenizer), threads);
}

}  // namespace lockstep
