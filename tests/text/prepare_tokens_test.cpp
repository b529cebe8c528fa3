// SPDX-License-Identifier: Apache-2.0
#include "text/prepare_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "base/file.h"
#include "support/temp_directory.h"
#include "text/byte_tokenizer.h"
#include "text/corpus.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/text_samples.h"
#include "text/token_file.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

// Counts how often it is asked for tokens.
class CountingTokenizer : public ByteTokenizer {
 public:
  explicit CountingTokenizer(std::string fingerprint = "counting")
      : fingerprint_(std::move(fingerprint)) {}
  void encode(std::string_view text, std::vector<TokenId>& tokens) const override {
    ++calls;
    ByteTokenizer::encode(text, tokens);
  }
  std::string fingerprint() const override { return fingerprint_; }
  mutable int calls = 0;

 private:
  std::string fingerprint_;
};

std::string text_in(const fs::path& token_file) {
  const TokenFile file = TokenFile::open(token_file);
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(file.count()));
  file.copy(0, file.count(), tokens.data());
  return {tokens.begin(), tokens.end()};
}

TEST(PrepareTokens, WritesTheTokensOfAllFilesInOrder) {
  const TempDirectory folder;
  const std::string b = write_text(folder / "b.txt", "second\n").string();
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a, b}, ByteTokenizer(), folder / "new" / "t");
  EXPECT_EQ(text_in(folder / "new" / "t"), "first\nsecond\n");
}

TEST(PrepareTokens, RecordsWhereTheTokensComeFrom) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "first\n");
  prepare_tokens({a.string()}, ByteTokenizer(), folder / "t");
  const TokenFile file = TokenFile::open(folder / "t");
  EXPECT_EQ(file.tokenizer_fingerprint(), "byte-v1");
  EXPECT_EQ(file.source_fingerprint(), corpus_fingerprint({a}));
  EXPECT_EQ(file.vocab_size(), 256);
}

TEST(PrepareTokens, KeepsTheTokensOfAnUnchangedText) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  const CountingTokenizer tokenizer;
  prepare_tokens({a}, tokenizer, folder / "t");
  prepare_tokens({a}, tokenizer, folder / "t");
  EXPECT_EQ(tokenizer.calls, 1);
}

TEST(PrepareTokens, MakesThemAgainWhenTheTextChanged) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "first\n");
  prepare_tokens({a.string()}, ByteTokenizer(), folder / "t");
  const fs::file_time_type before = fs::last_write_time(a);
  write_text(a, "other\n");
  fs::last_write_time(a, before + std::chrono::seconds(1));
  prepare_tokens({a.string()}, ByteTokenizer(), folder / "t");
  EXPECT_EQ(text_in(folder / "t"), "other\n");
}

TEST(PrepareTokens, LeavesTheFileAsItIsWhereItMayNotBeReplaced) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "first\n");
  const auto refuse = [&](const std::string& digest) {
    throw Error(ErrorKind::input, "not by " + digest);
  };
  prepare_tokens({a.string()}, ByteTokenizer(), folder / "t");
  const std::string before = TokenFile::open(folder / "t").digest();
  prepare_tokens(
      {a.string()}, ByteTokenizer(), folder / "t", [] {}, kTrainingTextFlag, refuse);
  write_text(a, "another\n");
  prepare_tokens({a.string()}, ByteTokenizer(), folder / "u");
  EXPECT_THAT(
      [&] {
        prepare_tokens(
            {a.string()}, ByteTokenizer(), folder / "t", [] {}, kTrainingTextFlag, refuse);
      },
      throws_error(ErrorKind::input, "not by " + TokenFile::open(folder / "u").digest()));
  EXPECT_EQ(TokenFile::open(folder / "t").digest(), before);
}

TEST(PrepareTokens, MakesThemAgainForAnotherTokenizer) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, CountingTokenizer("one"), folder / "t");
  prepare_tokens({a}, CountingTokenizer("two"), folder / "t");
  EXPECT_EQ(TokenFile::open(folder / "t").tokenizer_fingerprint(), "two");
}

TEST(PrepareTokens, MakesADamagedFileAgainWithAWarning) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  fs::resize_file(folder / "t", 4100);
  testing::internal::CaptureStderr();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("truncated: 4100 bytes"));
  EXPECT_EQ(text_in(folder / "t"), "first\n");
}

TEST(PrepareTokens, FindsAChangedToken) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  std::string bytes = read_file(folder / "t", ErrorKind::input);
  bytes[4096] = 'g';
  write_text(folder / "t", bytes);
  testing::internal::CaptureStderr();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(testing::HasSubstr("making the tokens again: verifying "),
                             testing::HasSubstr("its tokens have the digest")));
  EXPECT_EQ(text_in(folder / "t"), "first\n");
}

TEST(PrepareTokens, CanBeEndedWhileAFileIsRead) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  const std::string before = read_file(folder / "t", ErrorKind::input);
  const auto end = [] { throw Error(ErrorKind::stopped, "enough"); };
  EXPECT_THAT([&] { prepare_tokens({a}, ByteTokenizer(), folder / "t", end); },
              throws_error(ErrorKind::stopped, "enough"));
  EXPECT_EQ(read_file(folder / "t", ErrorKind::input), before);
}

TEST(PrepareTokens, RefusesAnEmptyTextAndWritesNothing) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "\xEF\xBB\xBF").string();
  EXPECT_THAT([&] { prepare_tokens({a}, ByteTokenizer(), folder / "t"); },
              throws_error(ErrorKind::input, a + " is empty"));
  EXPECT_FALSE(fs::exists(folder / "t"));
}

TEST(PrepareTokens, NamesTheFlagOfTheText) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "").string();
  EXPECT_THAT(
      [&] {
        prepare_tokens(
            {a}, ByteTokenizer(), folder / "t", [] {}, kValidationTextFlag);
      },
      throws_error(ErrorKind::input, a + " is empty; check --val-file"));
}

TEST(PrepareTokens, KeepsTheOldFileWhenTheNewTextIsUnusable) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  write_text(folder / "a.txt", "not UTF-8: \xFF");
  EXPECT_THAT([&] { prepare_tokens({a}, ByteTokenizer(), folder / "t"); },
              throws_error(ErrorKind::input, "byte 11 "));
  EXPECT_EQ(text_in(folder / "t"), "first\n");
}

TEST(PrepareTokens, RefusesATokenFileAmongTexts) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  EXPECT_THAT(
      [&] {
        prepare_tokens({a, folder / "t"}, ByteTokenizer(), folder / "u");
      },
      throws_error(ErrorKind::input, "is a token file, which cannot be mixed with text"));
}

TEST(ListTexts, RefusesATokenFileAmongThem) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  EXPECT_EQ(list_texts({a}), std::vector<fs::path>{a});
  prepare_tokens({a}, ByteTokenizer(), folder / "t");
  EXPECT_THAT(
      [&] {
        list_texts({a, folder / "t"}, kValidationTextFlag);
      },
      throws_error(ErrorKind::input, "which cannot be mixed with text; give it alone with --val-"));
}

TEST(ReadyTokenFile, IsASingleTokenFile) {
  const TempDirectory folder;
  const std::string a = write_text(folder / "a.txt", "first\n").string();
  const std::string tokens = folder / "t";
  prepare_tokens({a}, ByteTokenizer(), tokens);
  EXPECT_EQ(ready_token_file({tokens}), fs::path(tokens));
  EXPECT_EQ(ready_token_file({a}), std::nullopt);
  EXPECT_EQ(ready_token_file({tokens, tokens}), std::nullopt);
  EXPECT_EQ(ready_token_file({}), std::nullopt);
}

TEST(PrepareTokens, TokensDoNotDependOnThePieceSize) {
  const TempDirectory folder;
  const fs::path corpus = write_text(folder / "a.txt", small_corpus());
  const auto tokenizer = train_sentencepiece({corpus}, 512);
  const auto tokens_with = [&](std::size_t piece_bytes) {
    std::vector<TokenId> tokens;
    CorpusReader reader({corpus}, piece_bytes);
    while (const auto piece = reader.next()) tokenizer->encode(*piece, tokens);
    return tokens;
  };
  EXPECT_EQ(tokens_with(200), tokens_with(kCorpusPieceBytes));
  EXPECT_EQ(tokens_with(4099), tokens_with(kCorpusPieceBytes));
}

TEST(PrepareTokens, CanBeEndedBetweenPiecesAndLeavesNothing) {
  const TempDirectory folder;
  const std::string text = folder / "a.txt";
  std::ofstream(text) << repeated("sixteen letters\n", 3 << 16);
  int pieces = 0;
  const auto end_after_two = [&] {
    if (++pieces == 2) throw Error(ErrorKind::stopped, "enough");
  };
  EXPECT_THROW(prepare_tokens({text}, ByteTokenizer(), folder / "t", end_after_two), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

// Compared with a smaller text, since what a piece costs depends on the build: the thread sanitizer
// keeps notes of every byte.
TEST(PrepareTokens, NeedsNoMoreMemoryForALargerText) {
  const TempDirectory folder;
  const std::string megabyte = repeated("sixteen letters\n", 1 << 16);
  const auto peak_bytes_with = [&](int megabytes) {
    const std::string text = folder / (std::to_string(megabytes) + ".txt");
    {
      std::ofstream stream(text);
      for (int i = 0; i < megabytes; ++i) stream << megabyte;
    }
    prepare_tokens({text}, ByteTokenizer(), folder / "t");
    EXPECT_EQ(TokenFile::open(folder / "t").count(), megabytes << 20);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * 1024;
  };
  const auto with_a_smaller_text = peak_bytes_with(8);
  EXPECT_LT(peak_bytes_with(80) - with_a_smaller_text, 16 << 20);
}

}  // namespace
}  // namespace lockstep::test
