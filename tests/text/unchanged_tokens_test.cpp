// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_directory.h"
#include "text/text_samples.h"
#include "text/token_file_writer.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

class UnchangedTokensTest : public testing::Test {
 protected:
  static fs::path written(const fs::path& path, const std::vector<TokenId>& ids) {
    TokenFileWriter writer(path, 256, "byte-v1", "corpus-1");
    writer.append(ids);
    writer.finish();
    return path;
  }
  // In the file itself, as a script does that opens it for writing; some time later.
  void write_over(std::string_view bytes) const {
    const fs::file_time_type before = fs::last_write_time(path_);
    write_text(path_, bytes);
    fs::last_write_time(path_, before + std::chrono::seconds(1));
  }

  const TempDirectory folder_;
  const fs::path path_ = written(folder_ / "t", {1, 2, 3});
  const std::string bytes_ = read_file(path_, ErrorKind::input);
  const TokenFile tokens_ = TokenFile::open(path_);
};

TEST_F(UnchangedTokensTest, AreFineWhereNobodyWrites) {
  EXPECT_NO_THROW(check_unchanged(tokens_));
  EXPECT_NO_THROW(check_unchanged(tokens_));
}

TEST_F(UnchangedTokensTest, AreFineWhereAnotherFileHasTheirName) {
  written(path_, {4});
  EXPECT_NO_THROW(check_unchanged(tokens_));
  fs::remove(path_);
  EXPECT_NO_THROW(check_unchanged(tokens_));
}

TEST_F(UnchangedTokensTest, AreNotInAFileThatWasCut) {
  fs::resize_file(path_, 4100);
  EXPECT_THAT([&] { check_unchanged(tokens_); },
              throws_error(ErrorKind::input, path_.string() +
                                                 ": it had 4102 bytes when it was opened, and has "
                                                 "4100 now; write new tokens to a file"));
}

TEST_F(UnchangedTokensTest, AreNotInAFileWithOtherTokens) {
  std::string other = bytes_;
  other.back() = 1;
  write_over(other);
  EXPECT_THAT([&] { check_unchanged(tokens_); },
              throws_error(ErrorKind::input, "not " + tokens_.digest() + "; write new tokens"));
}

TEST_F(UnchangedTokensTest, AreThereWhereTheSameWereWrittenAgain) {
  write_over(bytes_);
  EXPECT_NO_THROW(check_unchanged(tokens_));
  write_over(bytes_ + "more");
  EXPECT_NO_THROW(check_unchanged(tokens_));
}

TEST_F(UnchangedTokensTest, AreComparedAfterEachWriting) {
  write_over(bytes_);
  EXPECT_NO_THROW(check_unchanged(tokens_));
  std::string other = bytes_;
  other.back() = 1;
  write_over(other);
  EXPECT_THROW(check_unchanged(tokens_), Error);
}

}  // namespace
}  // namespace lockstep::test
