// SPDX-License-Identifier: Apache-2.0
#include "text/sentencepiece_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/digest.h"
#include "support/temp_directory.h"
#include "text/text_samples.h"

namespace lockstep::test {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

std::unique_ptr<Tokenizer> trained_on(std::string_view text, std::int64_t vocab_size) {
  const TempDirectory folder;
  return train_sentencepiece({write_text(folder / "corpus.txt", text)}, vocab_size);
}

const Tokenizer& small_tokenizer() {
  static const std::unique_ptr<Tokenizer> tokenizer = trained_on(small_corpus(), 512);
  return *tokenizer;
}

class SentencePieceRoundTrip : public testing::TestWithParam<std::string_view> {};

TEST_P(SentencePieceRoundTrip, GivesTheTextBack) {
  const Tokenizer& tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer.decode(tokens_of(tokenizer, GetParam())), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    NastyTexts, SentencePieceRoundTrip,
    testing::Values(""sv, " "sv, "   "sv, "\n"sv, "\n\n\n"sv, " leading and trailing "sv,
                    "runs  of   spaces"sv, "\tif (x)\t\treturn;\r\n"sv, "a\u2581b \u2581 "sv,
                    "\u2585\u2584\u2583\u2582"sv, "\0in\0the middle\0"sv,
                    "\U0001F642\U0001F468\u200D\U0001F469\u200D\U0001F467"sv,
                    "\u4eca\u5929 \u7e41\u9ad4"sv, "e\u0301 \u00e9 \ufb01 \u2460 \uff21"sv,
                    "\uFEFF\uFFFD\uFFFF\U0010FFFF"sv, "<s></s><unk><0x41> \u2047 <pad>"sv,
                    "\u00a0\u2003\u3000\u200b"sv, "\x01\x02\x1b[0m\x7f"sv));

TEST(SentencePieceTokenizer, GivesEveryCharacterOfTheBasicPlaneBack) {
  std::string text;
  for (unsigned code = 0x800; code < 0x10000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    text += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
             static_cast<char>(0x80 | (code & 0x3F))};
  }
  const Tokenizer& tokenizer = small_tokenizer();
  EXPECT_TRUE(tokenizer.decode(tokens_of(tokenizer, text)) == text);
}

TEST(SentencePieceTokenizer, LearnsWhatTheCorpusRepeats) {
  EXPECT_EQ(tokens_of(small_tokenizer(), "\u6211\u4eec\u53bb\u516c\u56ed").size(), 1U);
}

TEST(SentencePieceTokenizer, GivesALineTheSameTokensWhereverItStands) {
  const Tokenizer& tokenizer = small_tokenizer();
  std::vector<TokenId> apart = tokens_of(tokenizer, "the dog\n");
  tokenizer.encode(" jumps\n", apart);
  EXPECT_EQ(tokens_of(tokenizer, "the dog\n jumps\n"), apart);
}

TEST(SentencePieceTokenizer, HasOneTokenForANewline) {
  EXPECT_EQ(tokens_of(small_tokenizer(), "\n\n").size(), 2U);
}

TEST(SentencePieceTokenizer, ReadsATokenItDoesNotHaveAsUnknown) {
  EXPECT_EQ(small_tokenizer().decode({100000}), "\uFFFD");
}

TEST(SentencePieceTokenizer, GivesOnlyTokensOfItsVocabulary) {
  const Tokenizer& tokenizer = small_tokenizer();
  EXPECT_THAT(tokens_of(tokenizer, small_corpus()),
              testing::Each(testing::Lt(tokenizer.vocab_size())));
}

TEST(SentencePieceTokenizer, IsTheSameWheneverTrainedOnTheSameText) {
  EXPECT_EQ(digest_of(trained_on(small_corpus(), 512)->serialized()),
            digest_of(small_tokenizer().serialized()));
}

TEST(SentencePieceTokenizer, KeepsToTheVocabularyAsked) {
  EXPECT_LE(trained_on(small_corpus(), 400)->vocab_size(), 400);
}

TEST(SentencePieceTokenizer, OfATinyCorpusHasFewerPiecesThanAsked) {
  const auto tokenizer = trained_on("Hello, world. This is a tiny corpus.\n", 4096);
  EXPECT_LT(tokenizer->vocab_size(), 512);
  EXPECT_EQ(tokenizer->decode(tokens_of(*tokenizer, "A new text\n")), "A new text\n");
}

TEST(SentencePieceTokenizer, KnowsSpacesEvenIfTheCorpusHasNone) {
  const auto tokenizer = trained_on("a", 4096);
  EXPECT_EQ(tokenizer->decode(tokens_of(*tokenizer, "  a \u2581")), "  a \u2581");
}

TEST(SentencePieceTokenizer, LeavesRareCharactersToBytesWhenTheyAreTooManyForTheVocabulary) {
  std::string text = repeated("ab", 9000);
  for (const char last : "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8A\x8B\x8C\x8D\x8E\x8F"sv)
    text += std::string("\n\u4eca") + "\xE4\xBB" + last;
  const auto tokenizer = trained_on(text, 266);
  EXPECT_EQ(tokenizer->decode(tokens_of(*tokenizer, text)), text);
}

TEST(SentencePieceTokenizer, OfAnEmptyTextIsAnError) {
  EXPECT_THAT([] { trained_on("", 4096); },
              throws_error(ErrorKind::input, "the text is empty; check --data-file"));
}

TEST(SentencePieceTokenizer, OfATextOfEmptyLinesSaysSo) {
  EXPECT_THAT(
      [] { trained_on("\n\n\t\n", 4096); },
      throws_error(ErrorKind::input,
                   "the text has 4 bytes, and nothing in them but the ends of empty lines"));
}

TEST(SentencePieceTokenizer, CanBeEndedWhileItIsTrained) {
  const TempDirectory folder;
  const std::filesystem::path text = write_text(folder / "corpus.txt", small_corpus());
  int calls = 0;
  const auto end_later = [&] {  // not while the lines are read
    if (++calls == 2) throw Error(ErrorKind::stopped, "enough");
  };
  EXPECT_THAT([&] { train_sentencepiece({text}, 512, end_later); },
              throws_error(ErrorKind::stopped, "enough"));
  EXPECT_EQ(calls, 2);
}

TEST(SentencePieceTokenizer, NeedsRoomForAllBytes) {
  EXPECT_THAT([] { trained_on("hello", 100); },
              throws_error(ErrorKind::input, "the smallest possible is 258"));
}

TEST(SentencePieceTokenizer, NamesTheRemedyWhenTheVocabularyIsTooSmallForTheText) {
  EXPECT_THAT([] { trained_on("abcdefghijklmnopqrstuvwxyz", 260); },
              throws_error(ErrorKind::input,
                           "with a vocabulary of 260: this text needs at least 284; choose a "
                           "larger one or --tokenizer byte"));
  EXPECT_LE(trained_on("abcdefghijklmnopqrstuvwxyz", 284)->vocab_size(), 284);
}

TEST(SentencePieceTokenizer, ComesBackFromItsBytes) {
  const auto again = load_sentencepiece(small_tokenizer().serialized());
  EXPECT_EQ(again->fingerprint(), small_tokenizer().fingerprint());
  EXPECT_EQ(tokens_of(*again, small_corpus()), tokens_of(small_tokenizer(), small_corpus()));
}

TEST(SentencePieceTokenizer, IsKnownByTheDigestOfItsModel) {
  EXPECT_EQ(small_tokenizer().fingerprint(),
            "sentencepiece-" + digest_of(small_tokenizer().serialized()));
}

TEST(SentencePieceTokenizer, RefusesBytesThatAreNoModel) {
  EXPECT_THAT([] { load_sentencepiece("not a model"); },
              throws_error(ErrorKind::input, "loading the tokenizer"));
  EXPECT_THAT([] { load_sentencepiece(""); },
              throws_error(ErrorKind::input, "loading the tokenizer"));
}

TEST(SentencePieceTokenizer, MayBeUsedByThreadsAtOnce) {
  const std::vector<TokenId> expected = tokens_of(small_tokenizer(), small_corpus());
  std::vector<std::vector<TokenId>> found(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(found.size());
    for (std::vector<TokenId>& tokens : found)
      threads.emplace_back([&] { small_tokenizer().encode(small_corpus(), tokens); });
  }
  EXPECT_THAT(found, testing::Each(expected));
}

TEST(SentencePieceTokenizer, TrainsInSilence) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  trained_on(small_corpus(), 400);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace lockstep::test
