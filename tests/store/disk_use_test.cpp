// SPDX-License-Identifier: Apache-2.0
#include "store/disk_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(FilesBelow, AreThoseOfAllFoldersButNotBehindLinks) {
  const TempDirectory folder;
  fs::create_directories(folder / "a/b");
  std::ofstream(folder / "a/b/deep") << "x";
  std::ofstream(folder / "top") << "x";
  fs::create_directory_symlink(folder / "a", folder / "link");
  EXPECT_THAT(files_below(folder.path()),
              UnorderedElementsAre(folder / "a/b/deep", folder / "top"));
}

TEST(FilesBelow, AreNoneWhereTheFolderHasGoneAway) {
  const TempDirectory folder;
  EXPECT_THAT(files_below(folder / "gone"), IsEmpty());
}

TEST(FilesBelow, SaysWhyAFolderCannotBeListed) {
  const TempDirectory folder;
  fs::create_symlink("loop", folder / "loop");
  EXPECT_EQ(
      message_of([&] { files_below(folder / "loop"); }),
      "listing " + (folder / "loop").string() + ": Too many levels of symbolic links (errno 40)");
}

// Who may read everything sees what is in it.
TEST(FilesBelow, LeavesOutAFolderThatIsClosed) {
  const TempDirectory folder;
  fs::create_directory(folder / "lost+found");
  std::ofstream(folder / "latest.pt") << "x";
  fs::permissions(folder / "lost+found", fs::perms::none);
  EXPECT_THAT(files_below(folder.path()), UnorderedElementsAre(folder / "latest.pt"));
  fs::permissions(folder / "lost+found", fs::perms::owner_all);
}

TEST(DiskUseOfFiles, CountsNothingForAFileThatHasGoneAway) {
  const TempDirectory folder;
  std::ofstream(folder / "here") << "four";
  DiskUse use;
  use.add(folder / "here");
  use.add(folder / "gone");
  EXPECT_EQ(use.apparent_bytes(), 4);
  EXPECT_FALSE(status_of(folder / "gone"));
}

}  // namespace
}  // namespace lockstep::test
