// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/file.h"
#include "support/temp_directory.h"
#include "text/text_samples.h"
#include "text/token_file_writer.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kNoPause{0};

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

  void check() { unchanged_.check(); }

  const TempDirectory folder_;
  const fs::path path_ = written(folder_ / "t", {1, 2, 3});
  const std::string bytes_ = read_file(path_, ErrorKind::input);
  const TokenFile tokens_ = TokenFile::open(path_);
  UnchangedTokens unchanged_{tokens_, kNoPause, tokens_.when_written()};
};

TEST_F(UnchangedTokensTest, AreFineWhereNobodyWrites) {
  EXPECT_NO_THROW(check());
  EXPECT_NO_THROW(check());
}

TEST_F(UnchangedTokensTest, AreFineWhereAnotherFileHasTheirName) {
  written(path_, {4});
  EXPECT_NO_THROW(check());
  fs::remove(path_);
  EXPECT_NO_THROW(check());
}

TEST_F(UnchangedTokensTest, AreNotInAFileThatWasCut) {
  fs::resize_file(path_, 4100);
  EXPECT_THAT([&] { check(); },
              throws_error(ErrorKind::input, path_.string() +
                                                 ": it had 4102 bytes when it was opened, and has "
                                                 "4100 now; write new tokens to a file"));
}

TEST_F(UnchangedTokensTest, AreNotInAFileWithOtherTokens) {
  std::string other = bytes_;
  other.back() = 1;
  write_over(other);
  EXPECT_THAT([&] { check(); },
              throws_error(ErrorKind::input, "not " + tokens_.digest() + "; write new tokens"));
}

TEST_F(UnchangedTokensTest, AreThereWhereTheSameWereWrittenAgain) {
  write_over(bytes_);
  EXPECT_NO_THROW(check());
  write_over(bytes_ + "more");
  EXPECT_NO_THROW(check());
}

TEST_F(UnchangedTokensTest, AreComparedAfterEachWriting) {
  write_over(bytes_);
  EXPECT_NO_THROW(check());
  std::string other = bytes_;
  other.back() = 1;
  write_over(other);
  EXPECT_THROW(check(), Error);
}

TEST_F(UnchangedTokensTest, AreNotLookedAtAllTheTime) {
  int asked = 0;
  UnchangedTokens unchanged(tokens_, std::chrono::hours(1), [&] {
    ++asked;
    return tokens_.now_written();
  });
  unchanged.check();
  unchanged.check();
  EXPECT_EQ(asked, 1);
}

TEST_F(UnchangedTokensTest, AreReadWhileTheDiskDoesNotAnswer) {
  std::promise<void> alive;
  UnchangedTokens unchanged(tokens_, kNoPause, [answer = alive.get_future().share(), this] {
    answer.wait();
    return tokens_.now_written();
  });
  unchanged.check();
  fs::resize_file(path_, 4100);
  unchanged.check();
  alive.set_value();
  const auto check_until_answered = [&] {
    for (;;) unchanged.check();
  };
  EXPECT_THAT(check_until_answered, throws_error(ErrorKind::input, "has 4100 now"));
}

TEST_F(UnchangedTokensTest, AreNotWaitedForAtTheEnd) {
  const auto alive = std::make_shared<std::promise<void>>();
  {
    UnchangedTokens unchanged(
        tokens_, kNoPause, [answer = alive->get_future().share(), when = tokens_.when_written()] {
          answer.wait();
          return when();
        });
    unchanged.check();
  }
  alive->set_value();
}

}  // namespace
}  // namespace lockstep::test
