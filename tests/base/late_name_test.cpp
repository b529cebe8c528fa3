// SPDX-License-Identifier: Apache-2.0
#include "base/late_name.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using namespace std::chrono_literals;

TEST(LateName, WhatIsThereAppearsAtOnce) {
  const TempDirectory folder;
  EXPECT_TRUE(appears(folder.path(), ErrorKind::input, 0ms));
  wait_for_name(folder.path(), ErrorKind::input, 0ms);
}

TEST(LateName, WhatComesLaterIsWaitedFor) {
  const TempDirectory folder;
  std::thread writer([&] {
    std::this_thread::sleep_for(50ms);
    std::ofstream(folder / "late") << "here";
  });
  EXPECT_TRUE(appears(folder / "late", ErrorKind::input, 60s));
  writer.join();
}

TEST(LateName, WhatNeverComesIsNamedWithTheRemedy) {
  const TempDirectory folder;
  EXPECT_FALSE(appears(folder / "never", ErrorKind::input, 20ms));
  try {
    wait_for_name(folder / "never", ErrorKind::checkpoint, 20ms);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr((folder / "never").string()));
    EXPECT_THAT(error.what(), testing::HasSubstr("a file system that all hosts share"));
  }
}

// A name below a file is wrong now and later.
TEST(LateName, OtherErrorsAreNotWaitedFor) {
  const TempDirectory folder;
  std::ofstream(folder / "file") << "no folder";
  EXPECT_THROW(appears(folder.path() / "file" / "name", ErrorKind::input, 600s), Error);
}

}  // namespace
}  // namespace lockstep::test
