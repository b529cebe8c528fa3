// SPDX-License-Identifier: Apache-2.0
#include "text/local_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/file.h"
#include "support/flip_bit.h"
#include "support/temp_directory.h"
#include "text/token_file_writer.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

void flip_last_bit(const fs::path& file) {
  flip_bit_at(file, static_cast<std::int64_t>(fs::file_size(file)) - 1);
}

class LocalCopyTest : public testing::Test {
 protected:
  TokenFile tokens(const std::vector<TokenId>& ids, const std::string& tokenizer = "byte-v1",
                   const std::string& source = "corpus-1") {
    const fs::path path = shared_ / ("t" + std::to_string(made_++));
    TokenFileWriter writer(path, 70000, tokenizer, source);
    writer.append(ids);
    writer.finish();
    return TokenFile::open(path);
  }
  fs::path folder() const { return host_ / "scratch" / "tokens"; }
  static std::string bytes_of(const fs::path& path) { return read_file(path, ErrorKind::input); }

  const TempDirectory shared_;
  const TempDirectory host_;
  int made_ = 0;
};

TEST_F(LocalCopyTest, IsTheSameFileInAFolderThatIsMade) {
  const TokenFile given = tokens({1, 2, 69999});
  make_local_copy(given, folder());
  const fs::path copy = local_copy_path(given, folder());
  EXPECT_EQ(copy.parent_path(), folder());
  EXPECT_EQ(bytes_of(copy), bytes_of(given.path()));
}

TEST_F(LocalCopyTest, SaysWhichFlagNamesAFolderThatCannotBe) {
  write_durably(host_ / "scratch", "a file", ErrorKind::input);
  try {
    make_local_copy(tokens({1, 2}), folder());
    FAIL() << "it was made";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("is not a folder; give another --local-dir, or "
                                                 "none (--local-dir=)"));
  }
}

TEST_F(LocalCopyTest, IsMadeOnce) {
  const TokenFile given = tokens({1, 2, 3});
  make_local_copy(given, folder());
  const fs::path copy = local_copy_path(given, folder());
  fs::permissions(copy, fs::perms::owner_read);
  const auto before = fs::last_write_time(copy) - std::chrono::hours(1);
  fs::last_write_time(copy, before);
  make_local_copy(given, folder());
  EXPECT_EQ(fs::last_write_time(copy), before);
}

TEST_F(LocalCopyTest, OfEqualTokensIsOne) {
  EXPECT_EQ(local_copy_path(tokens({1, 2}), folder()), local_copy_path(tokens({1, 2}), folder()));
}

TEST_F(LocalCopyTest, OfATextThatWasOnlyTouchedIsTheOneThatIsThere) {
  const TokenFile before = tokens({1, 2});
  make_local_copy(before, folder());
  const TokenFile touched = tokens({1, 2}, "byte-v1", "corpus-2");
  const fs::path copy = local_copy_path(touched, folder());
  EXPECT_EQ(copy, local_copy_path(before, folder()));
  make_local_copy(touched, folder());
  EXPECT_EQ(bytes_of(copy), bytes_of(before.path()));
}

TEST_F(LocalCopyTest, CanBeEndedAndLeavesNothing) {
  const auto end = [] { throw Error(ErrorKind::stopped, "enough"); };
  EXPECT_THROW(make_local_copy(tokens({1, 2}), folder(), end), Error);
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(LocalCopyTest, LeavesNothingOfAProcessThatIsKilled) {
  if (!SharedFile::without_name(host_ / "t", ErrorKind::input))
    GTEST_SKIP() << "every file has a name here";
  const TokenFile given = tokens({1, 2});
  const pid_t writer = ::fork();
  if (writer == 0) {
    try {
      make_local_copy(given, folder(), [] { ::raise(SIGKILL); });
    } catch (...) {  // must not go on with the tests of its parent
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(LocalCopyTest, ThatIsThereStaysWhereReadingItIsEnded) {
  const TokenFile given = tokens({1, 2});
  make_local_copy(given, folder());
  const auto end = [] { throw Error(ErrorKind::stopped, "enough"); };
  EXPECT_THROW(make_local_copy(given, folder(), end), Error);
  EXPECT_EQ(bytes_of(local_copy_path(given, folder())), bytes_of(given.path()));
}

TEST_F(LocalCopyTest, OfOtherTokensOrAnotherTokenizerIsAnother) {
  const fs::path one = local_copy_path(tokens({1, 2}), folder());
  EXPECT_NE(local_copy_path(tokens({1, 3}), folder()), one);
  EXPECT_NE(local_copy_path(tokens({1, 2}, "other-v1"), folder()), one);
}

TEST_F(LocalCopyTest, ThatWasCutShortIsMadeAgain) {
  const TokenFile given = tokens({1, 2, 3, 4});
  make_local_copy(given, folder());
  const fs::path copy = local_copy_path(given, folder());
  fs::resize_file(copy, fs::file_size(copy) - 1);
  make_local_copy(given, folder());
  EXPECT_EQ(bytes_of(copy), bytes_of(given.path()));
}

TEST_F(LocalCopyTest, ThatHasAChangedTokenIsMadeAgainWithAWarning) {
  const TokenFile given = tokens({1, 2, 3, 4});
  make_local_copy(given, folder());
  const fs::path copy = local_copy_path(given, folder());
  flip_last_bit(copy);
  testing::internal::CaptureStderr();
  make_local_copy(given, folder());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr(copy.string() + ": it is damaged, and made again"));
  EXPECT_EQ(bytes_of(copy), bytes_of(given.path()));
}

TEST_F(LocalCopyTest, OfADamagedFileIsRefusedAndRemoved) {
  const fs::path path = tokens({1, 2, 3, 4}).path();
  flip_last_bit(path);
  const TokenFile given = TokenFile::open(path);
  EXPECT_THROW(make_local_copy(given, folder()), Error);
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(LocalCopyTest, ThatCannotBeMadeNamesTheFolder) {
  write_durably(host_ / "scratch", "in the way", ErrorKind::input);
  try {
    make_local_copy(tokens({1}), folder());
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_THAT(error.what(), testing::HasSubstr((host_ / "scratch").string()));
  }
}

}  // namespace
}  // namespace lockstep::test
