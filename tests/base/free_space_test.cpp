// SPDX-License-Identifier: Apache-2.0
#include "base/free_space.h"

#include <gtest/gtest.h>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

TEST(FreeBytes, ALinkToItselfAsksTheFolderItIsIn) {
  const TempDirectory directory;
  fs::create_symlink("loop", directory / "loop");
  EXPECT_GT(free_bytes(directory / "loop" / "run"), 0);
}

TEST(FreeBytes, APathThatDoesNotExistYetAsksItsNearestFolder) {
  const TempDirectory directory;
  EXPECT_GT(free_bytes(directory / "not/yet/there"), 0);
}

TEST(FreeBytes, AreNotKnownOfAFileSystemWithoutASize) {
  EXPECT_EQ(free_bytes("/proc"), std::nullopt);
}

}  // namespace
}  // namespace lockstep::test
