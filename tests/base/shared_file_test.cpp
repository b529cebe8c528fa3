// SPDX-License-Identifier: Apache-2.0
// SharedFile of base/file.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/files.h"
#include "support/message_of.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(SharedFile, TwoFillOneFile) {
  const TempDirectory temp;
  SharedFile one(temp / "file", ErrorKind::checkpoint);
  SharedFile other(temp / "file", ErrorKind::checkpoint);
  other.write_at(4, bytes_of("step"));
  one.write_at(0, bytes_of("lock"));
  one.finish();
  other.finish();
  EXPECT_EQ(text_of(temp / "file"), "lockstep");
}

TEST(SharedFile, WhatIsInItStays) {
  const TempDirectory temp;
  write_durably(temp / "file", "lockstep", ErrorKind::checkpoint);
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  file.write_at(0, bytes_of("k"));
  file.finish();
  EXPECT_EQ(text_of(temp / "file"), "kockstep");
}

// Bytes that no two places have alike.
std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 257);
  return text;
}

TEST(SharedFile, LargeWritesArriveWhereverTheyBeginAndEnd) {
  const TempDirectory temp;
  const std::string text = pattern(3'000'000);
  std::string expected;
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  std::int64_t offset = 0;
  for (const std::size_t bytes : {64UL << 10, 100UL, 300'001UL, 4096UL, 65'537UL, 2'000'000UL}) {
    for (const std::size_t skipped : {0UL, 1UL, 64UL}) {  // alignments in memory
      const std::string_view piece = std::string_view(text).substr(skipped, bytes);
      file.write_at(offset, bytes_of(piece));
      expected += piece;
      offset += static_cast<std::int64_t>(piece.size());
    }
  }
  file.finish();
  EXPECT_EQ(text_of(temp / "file"), expected);
}

TEST(SharedFile, LargeWritesOfTwoMeetWithinAPage) {
  const TempDirectory temp;
  const std::string text = pattern(1'000'000);
  const std::size_t border = 500'001;
  SharedFile one(temp / "file", ErrorKind::checkpoint);
  SharedFile other(temp / "file", ErrorKind::checkpoint);
  one.reserve(1'000'000);
  other.write_at(border, bytes_of(std::string_view(text).substr(border)));
  one.write_at(0, bytes_of(std::string_view(text).substr(0, border)));
  other.finish();
  one.finish();
  EXPECT_EQ(text_of(temp / "file"), text);
}

TEST(SharedFile, ReservingKeepsWhatIsWrittenAndShortensNothing) {
  const TempDirectory temp;
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  file.write_at(0, bytes_of("lockstep"));
  file.reserve(4);
  EXPECT_EQ(fs::file_size(temp / "file"), 8U);
  file.reserve(100);
  file.reserve(0);
  file.finish();
  EXPECT_EQ(text_of(temp / "file").substr(0, 8), "lockstep");
}

TEST(SharedFile, AReservationThatIsTooBigIsAnError) {
  const TempDirectory temp;
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  // ENOSPC, or EFBIG where a file cannot be that big.
  EXPECT_THAT(message_of([&] { file.reserve(std::int64_t{1} << 60); }),
              HasSubstr("writing " + (temp / "file").string() + ": fallocate"));
  struct ::stat facts = {};
  ASSERT_EQ(::stat((temp / "file").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_blocks, 0) << "others found no space meanwhile";
}

TEST(SharedFile, WhereSpaceCannotBeTakenAFileHasItsLengthAndWhatIsInIt) {
  const SystemCallsRestored restored;
  for (const int error : {EOPNOTSUPP, ENOSYS, EINVAL}) {
    const TempDirectory temp;
    SharedFile file(temp / "file", ErrorKind::checkpoint);
    file.write_at(0, bytes_of("lockstep"));
    system_calls().failing["fallocate"] = error;
    file.reserve(4);
    EXPECT_EQ(fs::file_size(temp / "file"), 8U);
    file.reserve(100);
    EXPECT_EQ(text_of(temp / "file"), "lockstep" + std::string(92, '\0'));
  }
}

TEST(SharedFile, AFullDiskIsNamed) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  system_calls().failing["pwrite"] = ENOSPC;
  EXPECT_EQ(message_of([&] { file.write_at(0, bytes_of("x")); }),
            "writing " + (temp / "file").string() + ": write: No space left on device (errno 28)");
}

TEST(SharedFile, AFailedFsyncIsAnError) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SharedFile file(temp / "file", ErrorKind::checkpoint);
  system_calls().failing["fsync"] = EIO;
  EXPECT_THAT(message_of([&] { file.finish(); }), HasSubstr("fsync: Input/output error"));
}

TEST(SharedFile, WithoutANameReplacesWhatHasItsNameWhenItAppears) {
  const TempDirectory temp;
  const std::string text = pattern(300'000);
  write_durably(temp / "file", "old", ErrorKind::checkpoint);
  const auto file = SharedFile::without_name(temp / "file", ErrorKind::checkpoint);
  if (!file) GTEST_SKIP() << "every file has a name here";
  file->write_at(0, bytes_of(text));
  EXPECT_EQ(text_of(temp / "file"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), {}), 1);
  file->appear();
  EXPECT_EQ(text_of(temp / "file"), text);
  EXPECT_EQ(std::distance(fs::directory_iterator(temp.path()), {}), 1);
}

TEST(SharedFile, WithoutANameHasTheRightsOfOneThatHasOne) {
  const TempDirectory temp;
  const auto file = SharedFile::without_name(temp / "unnamed", ErrorKind::checkpoint);
  if (!file) GTEST_SKIP() << "every file has a name here";
  file->appear();
  write_durably(temp / "named", "", ErrorKind::checkpoint);
  EXPECT_EQ(fs::status(temp / "unnamed").permissions(), fs::status(temp / "named").permissions());
}

TEST(SharedFile, WithoutANameLeavesNothingWhereItCannotAppear) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  const auto file = SharedFile::without_name(temp / "file", ErrorKind::checkpoint);
  if (!file) GTEST_SKIP() << "every file has a name here";
  system_calls().failing["rename"] = EIO;
  EXPECT_THAT(message_of([&] { file->appear(); }), HasSubstr("rename to file: Input/output error"));
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

// As on a tmpfs without a limit: a file in memory is on one.
TEST(SharedFile, ADiskWithoutASizeIsNotTakenForAFullOne) {
  const int descriptor = ::memfd_create("file", MFD_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  SharedFile file("/proc/self/fd/" + std::to_string(descriptor), ErrorKind::checkpoint);
  EXPECT_NO_THROW(file.reserve(10'000));
  struct ::stat facts = {};
  ASSERT_EQ(::fstat(descriptor, &facts), 0);
  EXPECT_EQ(facts.st_size, 10'000);
  ::close(descriptor);
}

TEST(SharedFile, AMissingFolderIsNamed) {
  EXPECT_EQ(message_of([] { const SharedFile file("/nowhere/file", ErrorKind::checkpoint); }),
            "writing /nowhere/file: open: No such file or directory (errno 2)");
}

}  // namespace
}  // namespace lockstep::test
