// SPDX-License-Identifier: Apache-2.0
#include "app/own_folder.h"

#include <gtest/gtest.h>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

TEST(OwnFolder, OfANewRunIsWaitedFor) {
  const TempDirectory temp;
  for (const char* file : {"run/a.json", "run/logs/a.json", "run/../run/a.json"})
    EXPECT_TRUE(waits_for_the_run(temp / file, temp / "run")) << file;
}

TEST(OwnFolder, ThatIsThereOrNotTheRunsIsNot) {
  const TempDirectory temp;
  for (const char* file : {"a.json", "other/a.json", "running/a.json", "run/../other/a.json"})
    EXPECT_FALSE(waits_for_the_run(temp / file, temp / "run")) << file;
  EXPECT_FALSE(waits_for_the_run("a.json", "run"));
  fs::create_directory(temp / "run");
  EXPECT_FALSE(waits_for_the_run(temp / "run/a.json", temp / "run"));
}

}  // namespace
}  // namespace lockstep::test
