// SPDX-License-Identifier: Apache-2.0
// A removal that hangs is in tests/faults/slow_removal_test.py.
#include "train/removal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "comm/solo_world.h"
#include "support/nameless_file.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

class RemovalTest : public testing::Test {
 protected:
  // Files whose names are gone.
  HeldFiles removed(const std::string& name) const {
    std::ofstream(folder_ / name) << "lockstep";
    HeldFiles held;
    held.hold(folder_ / name);
    fs::remove(folder_ / name);
    EXPECT_TRUE(is_on_the_disk(name));
    return held;
  }
  bool is_on_the_disk(const std::string& name) const {
    return bytes_without_a_name(folder_ / name).has_value();
  }

  const TempDirectory folder_{"/dev/shm"};  // where files are held
  const CheckpointConfig config_{};
};

TEST_F(RemovalTest, OfNothingIsTwoSteps) {
  SoloWorld world;
  Removal removal(world, config_);
  EXPECT_FALSE(removal.is_going_on());
  EXPECT_FALSE(removal.advance());
  removal.start({});
  EXPECT_TRUE(removal.is_going_on());
  EXPECT_TRUE(removal.advance());
  EXPECT_TRUE(removal.is_going_on());
  EXPECT_TRUE(removal.advance());
  EXPECT_FALSE(removal.is_going_on());
  EXPECT_FALSE(removal.advance());
}

TEST_F(RemovalTest, IsOverWhenTheBytesAreFree) {
  SoloWorld world;
  Removal removal(world, config_);
  for (const char* const name : {"one", "two"}) {
    removal.start(removed(name));
    EXPECT_TRUE(removal.is_going_on());
    removal.wait();
    EXPECT_FALSE(removal.is_going_on());
    EXPECT_FALSE(is_on_the_disk(name));
  }
}

TEST_F(RemovalTest, IsOverOnNoRankBeforeAllHaveBegunIt) {
  run_ranks(3, [&](World& world) {
    Removal removal(world, config_);
    if (world.rank() != 2) {
      removal.start(world.rank() == 0 ? removed("file") : HeldFiles());
      while (removal.advance()) {
      }
      EXPECT_TRUE(removal.is_going_on());
    }
    world.gather_all("two of three have begun");
    if (world.rank() == 2) removal.start({});
    removal.wait();
    EXPECT_FALSE(removal.is_going_on());
    EXPECT_FALSE(is_on_the_disk("file"));
  });
}

TEST_F(RemovalTest, ThatNobodyWaitsForFreesTheBytesAllTheSame) {
  SoloWorld world;
  {
    Removal removal(world, config_);
    removal.start(removed("file"));
  }
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (is_on_the_disk("file") && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_FALSE(is_on_the_disk("file"));
}

}  // namespace
}  // namespace lockstep::test
