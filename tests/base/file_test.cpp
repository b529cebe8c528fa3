// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <barrier>
#include <cerrno>
#include <fstream>
#include <future>
#include <set>
#include <vector>

#include "base/files.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.insert(entry.path().filename().string());
  return names;
}

void write(const fs::path& path, std::string_view text) {
  write_durably(path, text, ErrorKind::checkpoint);
}

dev_t device_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_dev : 0;
}

TEST(ReadFile, GivesTheBytesAsTheyAre) {
  const TempDirectory directory;
  const std::string bytes("a\0b\r\n\xff", 6);
  write(directory / "bytes", bytes);
  EXPECT_EQ(text_of(directory / "bytes"), bytes);
}

TEST(ReadFile, GivesFilesThatAreBiggerThanOneRead) {
  const TempDirectory directory;
  const std::string bytes(300'001, 'x');
  write(directory / "big", bytes);
  EXPECT_EQ(text_of(directory / "big"), bytes);
}

TEST(ReadFile, AnEmptyFileIsAnEmptyText) {
  const TempDirectory directory;
  write(directory / "empty", "");
  EXPECT_EQ(text_of(directory / "empty"), "");
}

TEST(ReadAt, GivesWhatIsThereAndNoMore) {
  const TempDirectory directory;
  write(directory / "digits", "0123456789");
  const int descriptor = ::open((directory / "digits").c_str(), O_RDONLY | O_CLOEXEC);
  std::string bytes(4, '.');
  const auto read = [&](std::int64_t offset) {
    return read_at(descriptor, offset, std::as_writable_bytes(std::span(bytes)));
  };
  EXPECT_EQ(read(3), 4);
  EXPECT_EQ(bytes, "3456");
  EXPECT_EQ(read(8), 2);
  EXPECT_EQ(bytes, "8956");
  EXPECT_EQ(read(10), 0);
  ::close(descriptor);
  EXPECT_EQ(read(0), -1);
  EXPECT_EQ(errno, EBADF);
}

TEST(ReadFile, AMissingFileIsNamedWithTheErrno) {
  const TempDirectory directory;
  const fs::path missing = directory / "missing.txt";
  EXPECT_EQ(message_of([&] { text_of(missing); }),
            "reading " + missing.string() + ": open: No such file or directory (errno 2)");
}

TEST(ReadFile, AFolderIsNotAFile) {
  const TempDirectory directory;
  EXPECT_THAT(message_of([&] { text_of(directory.path()); }),
              AllOf(HasSubstr(directory.path().string()), HasSubstr("errno 21")));
}

TEST(ReadFile, ThrowsTheKindItWasGiven) {
  try {
    read_file("/nowhere/text", ErrorKind::input);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
  }
}

TEST(DraftFile, WithoutACommitNothingStays) {
  const TempDirectory directory;
  {
    DraftFile draft(directory / "state", ErrorKind::checkpoint);
    draft.write("half a file");
    EXPECT_FALSE(fs::exists(directory / "state"));
  }
  EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(DraftFile, WithoutACommitTheOldFileStands) {
  const TempDirectory directory;
  write(directory / "state", "old");
  { DraftFile(directory / "state", ErrorKind::checkpoint).write("new"); }
  EXPECT_EQ(text_of(directory / "state"), "old");
}

TEST(DraftFile, WhileItIsWrittenItsNameIsADraftName) {
  const TempDirectory directory;
  const DraftFile draft(directory / "state", ErrorKind::checkpoint);
  const std::set<std::string> names = names_in(directory.path());
  ASSERT_EQ(names.size(), 1U);
  EXPECT_TRUE(is_draft_name(*names.begin())) << *names.begin();
}

TEST(DraftFile, CommitLeavesTheFileAndNothingElse) {
  const TempDirectory directory;
  DraftFile draft(directory / "state", ErrorKind::checkpoint);
  draft.write("one ");
  draft.write("two");
  draft.commit();
  EXPECT_EQ(text_of(directory / "state"), "one two");
  EXPECT_EQ(names_in(directory.path()), std::set<std::string>{"state"});
}

TEST(DraftFile, CountsTheBytesThatWereAppended) {
  const TempDirectory directory;
  DraftFile draft(directory / "state", ErrorKind::checkpoint);
  draft.write("12345");
  draft.write_at(0, std::as_bytes(std::span("ab", 2)));
  EXPECT_EQ(draft.bytes_written(), 5);
}

TEST(DraftFile, WriteAtOverwritesAndLaterBytesAreAppended) {
  const TempDirectory directory;
  DraftFile draft(directory / "state", ErrorKind::checkpoint);
  draft.write("0000body");
  draft.write_at(1, std::as_bytes(std::span("42", 2)));
  draft.write("!");
  draft.commit();
  EXPECT_EQ(text_of(directory / "state"), "0420body!");
}

TEST(DraftFile, TheUmaskDecidesTheAccessRights) {
  const TempDirectory directory;
  const mode_t before = ::umask(027);
  write(directory / "state", "text");
  ::umask(before);
  EXPECT_EQ(fs::status(directory / "state").permissions(), static_cast<fs::perms>(0640));
}

TEST(DraftFile, AMissingFolderIsNamedWithTheErrno) {
  const fs::path path = "/nowhere/at/all/state";
  EXPECT_EQ(message_of([&] { const DraftFile draft(path, ErrorKind::checkpoint); }),
            "writing /nowhere/at/all/state: open: No such file or directory (errno 2)");
}

TEST(DraftFile, ACommitOverAFolderFailsAndLeavesNoDraft) {
  const TempDirectory directory;
  fs::create_directory(directory / "state");
  EXPECT_THAT(message_of([&] { write(directory / "state", "text"); }), HasSubstr("rename"));
  EXPECT_EQ(names_in(directory.path()), std::set<std::string>{"state"});
}

TEST(WriteDurably, ReplacesTheOldFile) {
  const TempDirectory directory;
  write(directory / "state", "a long old text");
  write(directory / "state", "new");
  EXPECT_EQ(text_of(directory / "state"), "new");
}

TEST(WriteDurably, APathWithoutAFolderMeansTheWorkingFolder) {
  const TempDirectory directory;
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  write("state", "here");
  fs::current_path(before);
  EXPECT_EQ(text_of(directory / "state"), "here");
}

TEST(DraftName, IsAFileNameWithTheMarkAndEightDigits) {
  EXPECT_TRUE(is_draft_name("state.h5.draft-0123abcd"));
  EXPECT_TRUE(is_draft_name("a.draft-00000000.draft-ffffffff"));
}

TEST(DraftName, OtherNamesAreNobodysDraft) {
  EXPECT_FALSE(is_draft_name("state.h5"));
  EXPECT_FALSE(is_draft_name("state.h5.draft-"));
  EXPECT_FALSE(is_draft_name("state.h5.draft-0123abc"));
  EXPECT_FALSE(is_draft_name("state.h5.draft-0123abcde"));
  EXPECT_FALSE(is_draft_name("state.h5.draft-0123ABCD"));
  EXPECT_FALSE(is_draft_name(".draft-0123abcd"));
  EXPECT_FALSE(is_draft_name(""));
}

TEST(LinkDurably, GivesTheFileAnotherName) {
  const TempDirectory directory;
  write(directory / "epoch_1", "one");
  EXPECT_TRUE(link_durably(directory / "epoch_1", directory / "latest", ErrorKind::checkpoint));
  EXPECT_TRUE(fs::equivalent(directory / "epoch_1", directory / "latest"));
}

TEST(LinkDurably, ReplacesWhatHadTheName) {
  const TempDirectory directory;
  write(directory / "epoch_2", "two");
  write(directory / "latest", "one");
  link_durably(directory / "epoch_2", directory / "latest", ErrorKind::checkpoint);
  EXPECT_EQ(text_of(directory / "latest"), "two");
}

TEST(LinkDurably, TwiceIsFineAndLeavesNoDraft) {
  const TempDirectory directory;
  write(directory / "epoch_1", "one");
  EXPECT_TRUE(link_durably(directory / "epoch_1", directory / "latest", ErrorKind::checkpoint));
  EXPECT_TRUE(link_durably(directory / "epoch_1", directory / "latest", ErrorKind::checkpoint));
  EXPECT_EQ(names_in(directory.path()), (std::set<std::string>{"epoch_1", "latest"}));
}

TEST(LinkDurably, TheNameOutlivesTheFile) {
  const TempDirectory directory;
  write(directory / "epoch_1", "one");
  link_durably(directory / "epoch_1", directory / "latest", ErrorKind::checkpoint);
  remove_durably(directory / "epoch_1", ErrorKind::checkpoint);
  EXPECT_EQ(text_of(directory / "latest"), "one");
}

TEST(LinkDurably, AMissingFileIsAnError) {
  const TempDirectory directory;
  EXPECT_THAT(message_of([&] {
                link_durably(directory / "missing", directory / "latest", ErrorKind::checkpoint);
              }),
              HasSubstr("link: No such file or directory (errno 2)"));
  EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(LinkDurably, AFolderInTheWayIsAnErrorAndLeavesNoDraft) {
  const TempDirectory directory;
  write(directory / "epoch_1", "one");
  fs::create_directory(directory / "latest");
  EXPECT_THAT(message_of([&] {
                link_durably(directory / "epoch_1", directory / "latest", ErrorKind::checkpoint);
              }),
              HasSubstr("rename"));
  EXPECT_EQ(names_in(directory.path()), (std::set<std::string>{"epoch_1", "latest"}));
}

TEST(LinkDurably, CopiesWhereALinkIsImpossibleAndSaysSo) {
  const TempDirectory directory;
  if (device_of("/dev/shm") == 0 || device_of("/dev/shm") == device_of(directory.path()))
    GTEST_SKIP() << "needs /dev/shm to be another file system than " << directory.path();
  const fs::path source = "/dev/shm/lockstep-" + directory.path().filename().string();
  const std::string bytes(2'500'000, 'x');
  write(source, bytes);
  write(directory / "latest", "old");
  const bool linked = link_durably(source, directory / "latest", ErrorKind::checkpoint);
  remove_durably(source, ErrorKind::checkpoint);
  EXPECT_FALSE(linked);
  EXPECT_EQ(text_of(directory / "latest"), bytes);
  EXPECT_EQ(names_in(directory.path()), std::set<std::string>{"latest"});
}

TEST(RemoveDurably, RemovesTheFileAndSaysThatThereWasOne) {
  const TempDirectory directory;
  write(directory / "state", "text");
  EXPECT_TRUE(remove_durably(directory / "state", ErrorKind::checkpoint));
  EXPECT_FALSE(fs::exists(directory / "state"));
}

TEST(RemoveDurably, AMissingFileIsFine) {
  const TempDirectory directory;
  EXPECT_FALSE(remove_durably(directory / "missing", ErrorKind::checkpoint));
}

TEST(RemoveDurably, AFolderIsAnError) {
  const TempDirectory directory;
  EXPECT_THAT(message_of([&] { remove_durably(directory.path(), ErrorKind::checkpoint); }),
              HasSubstr("removing " + directory.path().string() + ": unlink: "));
}

TEST(MakeDirectory, MakesTheParentsTooAndTwiceIsFine) {
  const TempDirectory directory;
  make_directory(directory / "a/b/c", ErrorKind::checkpoint);
  make_directory(directory / "a/b/c", ErrorKind::checkpoint);
  EXPECT_TRUE(fs::is_directory(directory / "a/b/c"));
}

TEST(MakeDirectory, ManyMayMakeTheSameFoldersAtOnce) {
  constexpr int kRounds = 200;
  constexpr int kMakers = 4;
  const TempDirectory directory;
  for (int round = 0; round < kRounds; ++round) {
    const fs::path path = directory / ("round_" + std::to_string(round)) / "a/b";
    std::barrier start(kMakers);
    std::vector<std::future<void>> makers;
    makers.reserve(kMakers);
    for (int i = 0; i < kMakers; ++i)
      makers.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        make_directory(path, ErrorKind::checkpoint);
      }));
    for (std::future<void>& maker : makers) EXPECT_NO_THROW(maker.get());
    EXPECT_TRUE(fs::is_directory(path));
  }
}

TEST(MakeDirectory, AFileInTheWayIsAnError) {
  const TempDirectory directory;
  write(directory / "a", "a file");
  EXPECT_THAT(message_of([&] { make_directory(directory / "a/b", ErrorKind::checkpoint); }),
              HasSubstr("creating the folder " + (directory / "a/b").string()));
}

TEST(TypeAt, TellsFoldersFilesAndNothing) {
  const TempDirectory directory;
  write(directory / "file", "text");
  fs::create_symlink("nowhere", directory / "link");
  EXPECT_TRUE(is_folder(directory.path(), ErrorKind::checkpoint));
  EXPECT_TRUE(is_there(directory / "file", ErrorKind::checkpoint));
  EXPECT_FALSE(is_folder(directory / "file", ErrorKind::checkpoint));
  EXPECT_FALSE(is_there(directory / "link", ErrorKind::checkpoint));
  EXPECT_FALSE(is_there(directory / "file" / "below", ErrorKind::checkpoint));
  EXPECT_EQ(bytes_in(directory / "file", ErrorKind::checkpoint), 4);
}

TEST(TypeAt, WhatCannotBeLookedAtIsAnErrorThatNamesIt) {
  const TempDirectory directory;
  const fs::path loop = directory / "latest.pt";
  fs::create_symlink("latest.pt", loop);
  EXPECT_THAT(message_of([&] { type_at(loop, ErrorKind::checkpoint); }),
              HasSubstr("looking at " + loop.string() +
                        ": stat: Too many levels of symbolic links (errno 40)"));
  EXPECT_TRUE(may_be_there(loop));
  EXPECT_FALSE(may_be_there(directory / "gone"));
  EXPECT_THAT(message_of([&] { is_there(std::string(300, 'x'), ErrorKind::checkpoint); }),
              HasSubstr("File name too long"));
  EXPECT_THAT(message_of([&] { bytes_in(directory / "gone", ErrorKind::checkpoint); }),
              HasSubstr("gone: stat: No such file"));
}

}  // namespace
}  // namespace lockstep::test
