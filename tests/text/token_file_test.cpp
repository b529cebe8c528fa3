// SPDX-License-Identifier: Apache-2.0
#include "text/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <type_traits>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "support/temp_directory.h"
#include "text/text_samples.h"
#include "text/token_file_writer.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;
using testing::ElementsAre;

static_assert(std::is_nothrow_move_constructible_v<TokenFile>);
static_assert(!std::is_copy_constructible_v<TokenFile>);

fs::path write_tokens(const fs::path& path, const std::vector<TokenId>& tokens,
                      std::int64_t vocab_size) {
  TokenFileWriter writer(path, vocab_size, "byte-v1", "corpus-1");
  writer.append(tokens);
  writer.finish();
  return path;
}

std::vector<std::int64_t> all_tokens(const TokenFile& file) {
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(file.count()));
  file.copy(0, file.count(), tokens.data());
  return tokens;
}

std::string bytes_of(const fs::path& path) { return read_file(path, ErrorKind::input); }

void overwrite(const fs::path& path, std::size_t offset, std::string_view bytes) {
  write_text(path, bytes_of(path).replace(offset, bytes.size(), bytes));
}

TEST(TokenFile, GivesTokensOfTwoBytesBack) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {0, 1, 65535}, 65536));
  EXPECT_THAT(all_tokens(file), ElementsAre(0, 1, 65535));
  EXPECT_EQ(fs::file_size(folder / "t"), 4096U + 6U);
}

TEST(TokenFile, GivesTokensOfFourBytesBack) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {0, 65536, 7}, 65537));
  EXPECT_THAT(all_tokens(file), ElementsAre(0, 65536, 7));
  EXPECT_EQ(fs::file_size(folder / "t"), 4096U + 12U);
}

TEST(TokenFile, TellsWhatItIsMadeOf) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {7, 8}, 300));
  EXPECT_EQ(file.count(), 2);
  EXPECT_EQ(file.vocab_size(), 300);
  EXPECT_EQ(file.tokenizer_fingerprint(), "byte-v1");
  EXPECT_EQ(file.source_fingerprint(), "corpus-1");
  EXPECT_EQ(file.digest(), digest_of("\x07\x00\x08\x00"s));
}

TEST(TokenFile, CopiesARangeFromTheMiddle) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {10, 11, 12, 13, 14}, 256));
  std::vector<std::int64_t> tokens(3);
  file.copy(1, 3, tokens.data());
  EXPECT_THAT(tokens, ElementsAre(11, 12, 13));
}

TEST(TokenFile, MayBeEmpty) {
  const TempDirectory folder;
  EXPECT_EQ(TokenFile::open(write_tokens(folder / "t", {}, 256)).count(), 0);
}

TEST(TokenFile, MovesWithItsTokens) {
  const TempDirectory folder;
  TokenFile first = TokenFile::open(write_tokens(folder / "a", {1, 2}, 256));
  const TokenFile second = std::move(first);
  EXPECT_THAT(all_tokens(second), ElementsAre(1, 2));
  first = TokenFile::open(write_tokens(folder / "b", {3}, 256));
  EXPECT_THAT(all_tokens(first), ElementsAre(3));
}

TEST(TokenFile, OutlivesItsName) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {1, 2}, 256));
  write_tokens(folder / "t", {3, 4, 5}, 256);
  fs::remove(folder / "t");
  EXPECT_THAT(all_tokens(file), ElementsAre(1, 2));
}

TEST(TokenFile, IsRefusedWhenMissing) {
  EXPECT_THAT([] { TokenFile::open("gone.tokens"); },
              throws_error(ErrorKind::input, "gone.tokens: No such file"));
}

TEST(TokenFile, IsRefusedWhenItIsSomethingElse) {
  const TempDirectory folder;
  const fs::path text = write_text(folder / "a.txt", repeated("some text\n", 1000));
  EXPECT_THAT([&] { TokenFile::open(text); },
              throws_error(ErrorKind::input, "it is not a token file"));
  EXPECT_THAT([&] { TokenFile::open(folder.path()); },
              throws_error(ErrorKind::input, "it is not a token file"));
}

TEST(TokenFile, IsRefusedWhenTruncatedWithinTheHeader) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1, 2, 3}, 256);
  fs::resize_file(path, 100);
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "truncated: 100 bytes, expected at least 4096"));
}

TEST(TokenFile, IsRefusedWhenTruncatedBehindTheHeader) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1, 2, 3}, 256);
  fs::resize_file(path, 4096);
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "truncated: 4096 bytes, expected 4102"));
}

TEST(TokenFile, IsRefusedWhenTruncatedWithinAToken) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1, 2, 3}, 256);
  fs::resize_file(path, 4101);
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "truncated: 4101 bytes, expected 4102"));
}

TEST(TokenFile, IsRefusedWhenTooLong) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1, 2, 3}, 256);
  fs::resize_file(path, 4104);
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "too long: 4104 bytes, expected 4102"));
}

TEST(TokenFile, IsRefusedWhenOfANewerVersion) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1}, 256);
  overwrite(path, 8, "\x02");
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "it has version 2, this program reads version 1"));
}

TEST(TokenFile, IsRefusedWhenItsHeaderMakesNoSense) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1}, 256);
  overwrite(path, 12, "\x03");
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "its header is damaged"));
  overwrite(path, 12, "\x02");
  overwrite(path, 23, "\xFF");
  EXPECT_THAT([&] { TokenFile::open(path); },
              throws_error(ErrorKind::input, "its header is damaged"));
}

TEST(TokenFile, IsLaidOutAsDescribed) {
  const TempDirectory folder;
  const std::string bytes = bytes_of(write_tokens(folder / "t", {0x0102}, 600));
  EXPECT_EQ(bytes.substr(0, 32),
            "LKSTOKEN\x01\0\0\0\x02\0\0\0\x01\0\0\0\0\0\0\0\x58\x02\0\0\0\0\0\0"sv);
  EXPECT_EQ(bytes.substr(32, 33), digest_of("\x02\x01"s) + '\0');
  EXPECT_EQ(bytes.substr(96, 8), "byte-v1\0"sv);
  EXPECT_EQ(bytes.substr(352, 9), "corpus-1\0"sv);
  EXPECT_EQ(bytes.substr(4096), "\x02\x01");
}

TEST(VerifyTokens, AcceptsWhatWasWritten) {
  const TempDirectory folder;
  EXPECT_NO_THROW(verify_tokens(TokenFile::open(write_tokens(folder / "t", {1, 2, 3}, 256))));
}

TEST(VerifyTokens, FindsAFlippedByte) {
  const TempDirectory folder;
  const fs::path path = write_tokens(folder / "t", {1, 2, 3}, 256);
  overwrite(path, 4098, "\x03");
  const TokenFile file = TokenFile::open(path);
  EXPECT_THAT([&] { verify_tokens(file); }, throws_error(ErrorKind::input, file.digest()));
}

TEST(VerifyTokens, FindsATokenThatIsNotInTheVocabulary) {
  const TempDirectory folder;
  for (const auto& [vocab_size, bytes_of_256] :
       {std::pair(256, "\x00\x01"sv), std::pair(65537, "\x01\x00\x01\x00"sv)}) {
    const fs::path path = write_tokens(folder / "t", {1, 2, 3}, vocab_size);
    overwrite(path, 4096, bytes_of_256);
    overwrite(path, 32, digest_of(bytes_of(path).substr(4096)));
    const TokenFile file = TokenFile::open(path);
    EXPECT_THAT([&] { verify_tokens(file); },
                throws_error(ErrorKind::input, "it has the token " +
                                                   std::to_string(vocab_size == 256 ? 256 : 65537) +
                                                   ", and its vocabulary has"));
  }
}

TEST(VerifyTokens, CanBeEnded) {
  const TempDirectory folder;
  const TokenFile file = TokenFile::open(write_tokens(folder / "t", {1, 2, 3}, 256));
  const auto end = [] { throw Error(ErrorKind::stopped, "enough"); };
  EXPECT_THAT([&] { verify_tokens(file, end); }, throws_error(ErrorKind::stopped, "enough"));
}

TEST(TokenFile, TellsTheLargestOfSomeTokens) {
  const TempDirectory folder;
  for (const std::int64_t vocab_size : {65536, 65537}) {
    const TokenFile file =
        TokenFile::open(write_tokens(folder / "t", {7, 65535, 3, 9, 1}, vocab_size));
    EXPECT_EQ(file.largest(0, 5), 65535);
    EXPECT_EQ(file.largest(2, 3), 9);
    EXPECT_EQ(file.largest(4, 1), 1);
    EXPECT_EQ(file.largest(5, 0), 0);
  }
}

TEST(IsTokenFile, GoesByTheMagic) {
  const TempDirectory folder;
  EXPECT_TRUE(is_token_file(write_tokens(folder / "t", {1}, 256)));
  EXPECT_FALSE(is_token_file(write_text(folder / "a.txt", "LKSTOKE")));
  EXPECT_FALSE(is_token_file(write_text(folder / "b.txt", "LKSTOKEM and more")));
  EXPECT_FALSE(is_token_file(folder / "missing"));
  EXPECT_FALSE(is_token_file(folder.path()));
}

TEST(IsTokenFile, OpensNoPipe) {
  const TempDirectory folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(is_token_file(folder / "pipe"));
}

TEST(TokenFileWriter, JoinsWhatIsAppended) {
  const TempDirectory folder;
  TokenFileWriter writer(folder / "t", 256, "a", "b");
  writer.append(std::vector<TokenId>{1, 2});
  writer.append(std::vector<TokenId>{});
  writer.append(std::vector<TokenId>{3});
  writer.finish();
  const TokenFile file = TokenFile::open(folder / "t");
  EXPECT_THAT(all_tokens(file), ElementsAre(1, 2, 3));
  EXPECT_NO_THROW(verify_tokens(file));
}

TEST(TokenFileWriter, LeavesNothingBehindWithoutFinish) {
  const TempDirectory folder;
  TokenFileWriter(folder / "t", 256, "a", "b").append(std::vector<TokenId>{1, 2});
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(TokenFileWriter, RefusesATextTooLongForItsField) {
  const TempDirectory folder;
  EXPECT_THAT([&] { TokenFileWriter(folder / "t", 256, std::string(256, 'x'), "b"); },
              throws_error(ErrorKind::input, "has 256 bytes, at most 255 fit"));
}

}  // namespace
}  // namespace lockstep::test
