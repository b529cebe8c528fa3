// SPDX-License-Identifier: Apache-2.0
#include "base/held_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

// A thousand epochs that are removed at once must leave descriptors for the rest of the program.
TEST(HeldFiles, AreSomeHundredsAtMost) {
  const TempDirectory folder;
  for (int i = 0; i < 400; ++i) std::ofstream(folder / std::to_string(i)) << i;
  const std::ptrdiff_t before = descriptors();
  HeldFiles held;
  held.hold(folder.path());
  EXPECT_LE(descriptors() - before, 256);
  held.let_go();
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace lockstep::test
