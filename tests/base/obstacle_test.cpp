// SPDX-License-Identifier: Apache-2.0
#include "base/obstacle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ObstacleTest : public testing::Test {
 protected:
  ObstacleTest() {
    std::ofstream(temp_ / "file") << "text";
    fs::create_symlink("nowhere", temp_ / "dangling");
    fs::create_symlink("loop", temp_ / "loop");
    fs::create_directory(temp_ / "folder");
    fs::create_symlink("folder", temp_ / "link");
  }
  std::string at(const std::string& name) const { return (temp_ / name).string(); }
  std::string to_folder(const std::string& name) const {
    return obstacle_to_folder(temp_ / name).value_or("none");
  }
  std::string to_file(const std::string& name) const {
    return obstacle_to_file(temp_ / name).value_or("none");
  }

  const TempDirectory temp_;
};

TEST_F(ObstacleTest, NothingIsInTheWayOfAFolderThatIsThereOrCanBeMade) {
  for (const char* const name : {"folder", "folder/", "link", "new", "new/deep/down/", ""})
    EXPECT_EQ(to_folder(name), "none") << name;
  EXPECT_EQ(obstacle_to_folder("/"), std::nullopt);
}

TEST_F(ObstacleTest, AFileIsInTheWayOfAFolder) {
  for (const char* const name : {"file", "file/", "file/deep/down"})
    EXPECT_EQ(to_folder(name), at("file") + " is not a folder") << name;
}

TEST_F(ObstacleTest, SoIsALinkToNothing) {
  for (const char* const name : {"dangling", "dangling/deep"})
    EXPECT_EQ(to_folder(name), at("dangling") + " is a link to nowhere, where there is nothing");
  EXPECT_THAT(to_folder("loop/deep"), HasSubstr("cannot be looked at: Too many levels"));
}

TEST_F(ObstacleTest, AFileNeedsAFolderThatIsThere) {
  for (const char* const name : {"new", "file", "dangling", "folder/new", "link/new"})
    EXPECT_EQ(to_file(name), "none") << name;
  EXPECT_EQ(to_file("folder"), at("folder") + " is a folder");
  EXPECT_EQ(to_file("new/file"), "there is no folder " + at("new"));
  EXPECT_EQ(to_file("file/file"), at("file") + " is not a folder");
  EXPECT_EQ(to_file("dangling/file"), "there is no folder " + at("dangling"));
}

TEST_F(ObstacleTest, NamesWithoutAFolderAreOfTheWorkingDirectory) {
  const fs::path before = fs::current_path();
  fs::current_path(temp_.path());
  EXPECT_EQ(obstacle_to_folder("new/deep"), std::nullopt);
  EXPECT_EQ(obstacle_to_file("new"), std::nullopt);
  EXPECT_EQ(obstacle_to_folder("file/deep"), "file is not a folder");
  EXPECT_EQ(obstacle_to_file("new/deep"), "there is no folder new");
  fs::current_path(before);
}

// Root may write everywhere, so another user looks.
TEST_F(ObstacleTest, AFolderThatIsClosedTakesNoFiles) {
  constexpr ::uid_t kNobody = 65534;
  fs::permissions(temp_.path(), fs::perms(0755));
  fs::permissions(temp_ / "folder", fs::perms(0555));
  const std::string found =
      "no file can be made in " + at("folder") + ": Permission denied (errno 13)";
  const auto look = [&] {
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) std::exit(1);
    std::cerr << to_folder("folder/deep") << "\n" << to_file("folder/new");
    std::exit(0);
  };
  EXPECT_EXIT(look(), testing::ExitedWithCode(0), HasSubstr(found + "\n" + found));
  fs::permissions(temp_ / "folder", fs::perms::owner_all);
}

}  // namespace
}  // namespace lockstep::test
