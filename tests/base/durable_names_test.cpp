// SPDX-License-Identifier: Apache-2.0
// Renames, links and folders that survive a power cut (base/file.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "base/file.h"
#include "base/files.h"
#include "support/message_of.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
TEST(SyncFile, AMissingFileIsNamed) {
  const TempDirectory temp;
  put(temp / "there", "text");
  sync_file(temp / "there", ErrorKind::checkpoint);
  EXPECT_EQ(message_of([&] { sync_file(temp / "missing", ErrorKind::checkpoint); }),
            "making durable " + (temp / "missing").string() +
                ": open: No such file or directory (errno 2)");
}

TEST(SyncDirectory, AFileIsNoFolder) {
  const TempDirectory temp;
  put(temp / "file", "text");
  sync_directory(temp.path(), ErrorKind::checkpoint);
  EXPECT_THAT(message_of([&] { sync_directory(temp / "file", ErrorKind::checkpoint); }),
              HasSubstr("errno 20"));
}

TEST(SyncDirectory, ARefusalOfTheFileSystemIsFineAndAnErrorIsNot) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  system_calls().failing["fsync"] = EINVAL;
  sync_directory(temp.path(), ErrorKind::checkpoint);
  system_calls().failing["fsync"] = EIO;
  EXPECT_THAT(message_of([&] { sync_directory(temp.path(), ErrorKind::checkpoint); }),
              HasSubstr("fsync: Input/output error (errno 5)"));
}

TEST(RenameDurably, GivesAFolderItsName) {
  const TempDirectory temp;
  fs::create_directory(temp / "draft");
  put(temp / "draft/file", "text");
  rename_durably(temp / "draft", temp / "set", ErrorKind::checkpoint);
  EXPECT_FALSE(fs::exists(temp / "draft"));
  EXPECT_EQ(text_of(temp / "set/file"), "text");
}

TEST(RenameDurably, AFolderThatIsNotEmptyIsNotReplaced) {
  const TempDirectory temp;
  fs::create_directories(temp / "draft");
  fs::create_directories(temp / "set/old");
  EXPECT_THAT(
      message_of([&] { rename_durably(temp / "draft", temp / "set", ErrorKind::checkpoint); }),
      HasSubstr("renaming " + (temp / "draft").string() + ": rename to set: "));
  EXPECT_TRUE(fs::exists(temp / "set/old"));
}

TEST(RenameFolderDurably, GivesItsNameBackWhereItCannotBeMadeDurable) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  fs::create_directories(temp / "draft/new");
  rename_folder_durably(temp / "draft", temp / "set", ErrorKind::checkpoint);
  EXPECT_TRUE(fs::exists(temp / "set/new"));
  system_calls().failing["fsync"] = EIO;
  EXPECT_THAT(message_of([&] {
                rename_folder_durably(temp / "set", temp / "other", ErrorKind::checkpoint);
              }),
              HasSubstr("making durable " + temp.path().string() + ": fsync: "));
  EXPECT_TRUE(fs::exists(temp / "set/new"));
  EXPECT_FALSE(fs::exists(temp / "other"));
}

TEST(ExchangeDurably, SwapsTwoFolders) {
  const TempDirectory temp;
  fs::create_directories(temp / "one/first");
  fs::create_directories(temp / "other/second");
  if (!exchange_durably(temp / "one", temp / "other", ErrorKind::checkpoint))
    GTEST_SKIP() << "the file system cannot";
  EXPECT_TRUE(fs::exists(temp / "one/second"));
  EXPECT_TRUE(fs::exists(temp / "other/first"));
}

TEST(ExchangeDurably, SaysWhereTheFileSystemCannot) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  fs::create_directories(temp / "one/first");
  fs::create_directories(temp / "other");
  system_calls().failing["renameat2"] = EINVAL;
  EXPECT_FALSE(exchange_durably(temp / "one", temp / "other", ErrorKind::checkpoint));
  EXPECT_TRUE(fs::exists(temp / "one/first"));
}

// Otherwise whoever then removes the new one would remove the old one.
TEST(ExchangeDurably, GivesBothTheirNamesBackWhereItCannotBeMadeDurable) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  fs::create_directories(temp / "one/first");
  fs::create_directories(temp / "other/second");
  if (!exchange_durably(temp / "one", temp / "other", ErrorKind::checkpoint))
    GTEST_SKIP() << "the file system cannot";
  system_calls().failing["fsync"] = EIO;
  EXPECT_THAT(
      message_of([&] { exchange_durably(temp / "one", temp / "other", ErrorKind::checkpoint); }),
      HasSubstr("making durable " + temp.path().string() + ": fsync: "));
  EXPECT_TRUE(fs::exists(temp / "one/second"));
  EXPECT_TRUE(fs::exists(temp / "other/first"));
}

TEST(ExchangeDurably, AMissingFolderIsAnError) {
  const TempDirectory temp;
  fs::create_directory(temp / "one");
  EXPECT_THAT(
      message_of([&] { exchange_durably(temp / "one", temp / "other", ErrorKind::checkpoint); }),
      HasSubstr("exchange with other: No such file or directory"));
}

TEST(PointDurably, MakesALinkAndMovesIt) {
  const TempDirectory temp;
  EXPECT_TRUE(point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint));
  EXPECT_EQ(fs::read_symlink(temp / "latest"), "epoch_0001");
  EXPECT_TRUE(point_durably(temp / "latest", "epoch_0002", ErrorKind::checkpoint));
  EXPECT_EQ(fs::read_symlink(temp / "latest"), "epoch_0002");
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator()), 1);
}

TEST(PointDurably, DoesNothingIfItPointsThereAlready) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint);
  system_calls().count = 0;
  EXPECT_TRUE(point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint));
  EXPECT_EQ(system_calls().count, 0);
}

TEST(PointDurably, DoesNotReplaceWhatIsNoLink) {
  const TempDirectory temp;
  put(temp / "latest", "mine");
  fs::create_directory(temp / "best");
  EXPECT_FALSE(point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint));
  EXPECT_FALSE(point_durably(temp / "best", "epoch_0001", ErrorKind::checkpoint));
  EXPECT_EQ(text_of(temp / "latest"), "mine");
}

TEST(PointDurably, SaysWhereTheFileSystemKnowsNoLinks) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  system_calls().failing["symlink"] = EPERM;
  EXPECT_FALSE(point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint));
  EXPECT_TRUE(fs::is_empty(temp.path()));
  system_calls().failing["symlink"] = ENOSPC;
  EXPECT_THAT(
      message_of([&] { point_durably(temp / "latest", "epoch_0001", ErrorKind::checkpoint); }),
      HasSubstr("symlink: No space left on device"));
}

TEST(RemoveDirectoryDurably, RemovesAllInItAndFollowsNoLink) {
  const TempDirectory temp;
  fs::create_directories(temp / "elsewhere");
  put(temp / "elsewhere/precious", "text");
  fs::create_directories(temp / "trash/inner");
  put(temp / "trash/inner/file", "text");
  fs::create_directory_symlink(temp / "elsewhere", temp / "trash/link");
  remove_directory_durably(temp / "trash", ErrorKind::checkpoint);
  EXPECT_FALSE(fs::exists(temp / "trash"));
  EXPECT_EQ(text_of(temp / "elsewhere/precious"), "text");
}

TEST(RemoveDirectoryDurably, AMissingOneIsFineAndAnErrorIsNamed) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  remove_directory_durably(temp / "missing", ErrorKind::checkpoint);
  fs::create_directory(temp / "trash");
  system_calls().failing["unlinkat"] = EIO;
  system_calls().failing["remove"] = EIO;
  EXPECT_THAT(message_of([&] { remove_directory_durably(temp / "trash", ErrorKind::checkpoint); }),
              HasSubstr("removing " + (temp / "trash").string() + ": unlink: Input/output error"));
}

TEST(LinkDurably, CopiesWhereLinksAreForbidden) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  const std::string bytes(2'500'000, 'x');
  put(temp / "file", bytes);
  for (const int error_number : {EPERM, ENOSYS, EOPNOTSUPP, EXDEV, EMLINK}) {
    put(temp / "name", "old");
    system_calls().failing["link"] = error_number;
    EXPECT_FALSE(link_durably(temp / "file", temp / "name", ErrorKind::checkpoint)) << error_number;
    EXPECT_EQ(text_of(temp / "name"), bytes);
    EXPECT_FALSE(fs::equivalent(temp / "file", temp / "name"));
  }
}

TEST(DraftFile, ACloneHoldsTheBytesOfTheFileWhereThatIsKnown) {
  const TempDirectory temp;
  put(temp / "file", "the bytes");
  DraftFile draft(temp / "name", ErrorKind::checkpoint);
  if (!draft.clone(temp / "file")) {
    EXPECT_EQ(draft.bytes_written(), 0);
    GTEST_SKIP() << "the file system shares no blocks";
  }
  EXPECT_EQ(draft.bytes_written(), 9);
  draft.commit();
  EXPECT_EQ(text_of(temp / "name"), "the bytes");
}

TEST(MakeDirectory, EveryNewFolderIsMadeDurableInItsParent) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  system_calls().count = 0;
  make_directory(temp / "a/b/c", ErrorKind::checkpoint);
  // mkdir of c, b and a in vain, then a, b, c, each with an fsync.
  EXPECT_EQ(system_calls().count, 2 + 2 + 2 + 2);
  system_calls().count = 0;
  make_directory(temp / "a/b/c", ErrorKind::checkpoint);
  EXPECT_EQ(system_calls().count, 1);
}

TEST(RemoveDirectoryDurably, SaysThatOthersHaveFilesOfItOpen) {
  const SystemCallsRestored restored;
  const TempDirectory directory;
  system_calls().failing["remove"] = ENOTEMPTY;
  EXPECT_THAT(
      message_of([&] { remove_directory_durably(directory.path(), ErrorKind::checkpoint); }),
      HasSubstr(": another program has files of it open, or writes into it"));
}

}  // namespace
}  // namespace lockstep::test
