// SPDX-License-Identifier: Apache-2.0
#include "base/held_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "support/nameless_file.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

// A folder in memory: files are held on file systems of this machine alone, and of which kind the
// one for temporary files is, nobody knows.
class HeldFilesTest : public testing::Test {
 protected:
  const TempDirectory folder_{"/dev/shm"};
};

// A thousand epochs that are removed at once must leave descriptors for the rest of the program.
TEST_F(HeldFilesTest, AreSomeHundredsAtMost) {
  for (int i = 0; i < 400; ++i) std::ofstream(folder_ / std::to_string(i)) << i;
  const std::ptrdiff_t before = descriptors();
  HeldFiles held;
  held.hold(folder_.path());
  EXPECT_EQ(descriptors() - before, 256);
  held.let_go();
  EXPECT_EQ(descriptors(), before);
}

TEST_F(HeldFilesTest, KeepsTheBytesUntilLetGo) {
  const fs::path file = folder_ / "file";
  std::ofstream(file) << "lockstep";
  HeldFiles held;
  held.hold(file);
  fs::remove(file);
  EXPECT_FALSE(held.empty());
  EXPECT_EQ(bytes_without_a_name(file), "lockstep");
  held.let_go();
  EXPECT_TRUE(held.empty());
  EXPECT_EQ(bytes_without_a_name(file), std::nullopt);
}

}  // namespace
}  // namespace lockstep::test
