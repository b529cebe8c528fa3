// SPDX-License-Identifier: Apache-2.0
#include "generate/gpt_text_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <utility>

#include "generate/whole_characters.h"
#include "model/decoder.h"
#include "model/init.h"
#include "support/message_of.h"
#include "text/byte_tokenizer.h"
#include "text/utf8.h"

namespace lockstep::test {
namespace {

constexpr std::int64_t kContext = 8;

// Of bytes, and of tokens that the tokenizer does not have.
std::unique_ptr<Gpt> make_gpt() {
  const ModelConfig config{.vocab_size = 300,
                           .n_layer = 2,
                           .n_head = 2,
                           .n_embd = 16,
                           .block_size = kContext,
                           .dropout = 0.1,
                           .bias = true};
  auto gpt = std::make_unique<Gpt>(config);
  initialize(gpt->parameters(), config, /*seed=*/1337);
  at::manual_seed(5);
  gpt->parameters().values() += at::randn_like(gpt->parameters().values()) * 0.9;
  return gpt;
}

std::unique_ptr<TextModel> make_model() {
  return make_gpt_text_model(make_gpt(), std::make_unique<ByteTokenizer>(), /*threads=*/1);
}

struct Text {
  std::string text;
  TokenCounts counts;
};

Text text_of(TextModel& model, const TextRequest& request) {
  Text text;
  text.counts = model.generate(request, [&](std::string_view piece) {
    EXPECT_FALSE(piece.empty());
    EXPECT_FALSE(find_invalid_utf8(piece));
    text.text += piece;
    return true;
  });
  return text;
}

TEST(GptTextModel, TheSameSeedWritesTheSame) {
  const auto model = make_model();
  const TextRequest request{.prompt = "abc", .max_new_tokens = 30, .seed = 1};
  const Text first = text_of(*model, request);
  TextRequest other = request;
  other.seed = 2;
  EXPECT_NE(text_of(*model, other).text, first.text);
  EXPECT_EQ(text_of(*model, request).text, first.text);
  EXPECT_EQ(text_of(*make_model(), request).text, first.text);
  EXPECT_EQ(first.counts.prompt, 3);
  EXPECT_EQ(first.counts.unread, 0);
  EXPECT_EQ(first.counts.written, 30);
}

// The most likely token each time, found by reading all that the context has anew.
std::string most_likely(const std::string& prompt, std::int64_t count) {
  const std::unique_ptr<Gpt> gpt = make_gpt();
  std::vector<std::int64_t> tokens(prompt.begin(), prompt.end());
  const auto keep_newest = [&](std::int64_t most) {
    if (std::ssize(tokens) > most) tokens.erase(tokens.begin(), tokens.end() - most);
  };
  WholeCharacters characters;
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i == 0) keep_newest(kContext);
    if (std::ssize(tokens) > kContext) keep_newest(kContext / 2);
    Decoder decoder(*gpt);
    const at::Tensor logits_V = decoder.read(at::tensor(tokens, at::kLong)).narrow(0, 0, 256);
    tokens.push_back(logits_V.argmax().item<std::int64_t>());
    const char byte = static_cast<char>(tokens.back());
    text += characters.add({&byte, 1});
  }
  return text + characters.end();
}

void expect_writes_the_most_likely(const std::string& prompt, std::int64_t count) {
  const std::string expected = most_likely(prompt, count);
  const TextRequest request{
      .prompt = prompt, .max_new_tokens = count, .sampling = {.temperature = 0.0}};
  EXPECT_EQ(text_of(*make_model(), request).text, expected) << prompt;
}

TEST(GptTextModel, WritesWhatTheModelFindsMostLikely) {
  for (const char* prompt : {"a", "abc", "abcdefgh"}) expect_writes_the_most_likely(prompt, 1);
}

TEST(GptTextModel, GoesOnFromTheNewerHalfOfAFullContext) {
  expect_writes_the_most_likely("abc", 40);
}

TEST(GptTextModel, ReadsTheEndOfAPromptThatIsTooLong) {
  const auto model = make_model();
  const TextRequest request{.prompt = "0123456789abcdef", .max_new_tokens = 5};
  TextRequest end = request;
  end.prompt = "89abcdef";
  const Text text = text_of(*model, request);
  EXPECT_EQ(text.text, text_of(*model, end).text);
  EXPECT_EQ(text.counts.prompt, 16);
  EXPECT_EQ(text.counts.unread, 8);
}

// Of a model whose logits do not depend on what it reads: those of `tokens` are the larger, the
// later they come there. What its last norm gives is all ones.
std::unique_ptr<TextModel> make_model_that_writes(const std::vector<std::int64_t>& tokens) {
  std::unique_ptr<Gpt> gpt = make_gpt();
  const auto parameter = [&](const char* name) {
    const FlatTensor& place = *gpt->parameters().layout().find(name);
    return gpt->parameters()
        .values()
        .narrow(0, place.offset, place.elements)
        .view(place.spec.shape);
  };
  parameter("transformer.ln_f.weight").fill_(0.0);
  parameter("transformer.ln_f.bias").fill_(1.0);
  double value = 100.0;
  for (const std::int64_t token : tokens)
    parameter("transformer.wte.weight")[token].fill_(value += 1.0);
  return make_gpt_text_model(std::move(gpt), std::make_unique<ByteTokenizer>(), /*threads=*/1);
}

TEST(GptTextModel, NeverChoosesATokenThatTheTokenizerDoesNotHave) {
  const TextRequest request{.prompt = "a", .max_new_tokens = 3, .sampling = {.temperature = 0.0}};
  EXPECT_EQ(text_of(*make_model_that_writes({'b', 'c', 256, 299}), request).text, "ccc");
}

TEST(GptTextModel, ACharacterThatIsBegunLastIsReplaced) {
  const TextRequest request{.prompt = "a", .max_new_tokens = 2, .sampling = {.temperature = 0.0}};
  EXPECT_EQ(text_of(*make_model_that_writes({0xE4}), request).text, "\uFFFD\uFFFD");
}

class SpacelessTokenizer : public ByteTokenizer {
 public:
  void encode(std::string_view text, std::vector<TokenId>& tokens) const override {
    for (const char byte : text)
      if (byte != ' ') tokens.push_back(static_cast<unsigned char>(byte));
  }
};

TEST(GptTextModel, APromptWithoutATokenIsRefused) {
  const auto model =
      make_gpt_text_model(make_gpt(), std::make_unique<SpacelessTokenizer>(), /*threads=*/1);
  const std::string said =
      message_of([&] { text_of(*model, {.prompt = "  ", .max_new_tokens = 1}); }, ErrorKind::input);
  EXPECT_NE(said.find("the model's tokenizer leaves out all of it"), std::string::npos) << said;
  EXPECT_EQ(text_of(*model, {.prompt = " a ", .max_new_tokens = 1}).counts.prompt, 1);
}

TEST(GptTextModel, EndsWhenNoMoreIsWanted) {
  const auto model = make_model();
  int pieces = 0;
  const TokenCounts counts =
      model->generate({.prompt = "a", .max_new_tokens = 100, .sampling = {.top_k = 10}, .seed = 4},
                      [&](std::string_view) { return ++pieces < 3; });
  EXPECT_EQ(pieces, 3);
  EXPECT_LT(counts.written, 100);
}

}  // namespace
}  // namespace lockstep::test
