// SPDX-License-Identifier: Apache-2.0
#include "app/shared_folder.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::vector<RankFacts> hosts(int count) {
  std::vector<RankFacts> facts;
  for (int host = 1; host <= count; ++host) facts.push_back({.host = "h" + std::to_string(host)});
  return facts;
}

TEST(SharedFolder, ThatAllSeeIsFineAndLeftAsItWas) {
  const TempDirectory temp;
  run_ranks(3, [&](World& world) { check_shared_folder(world, hosts(3), temp.path(), 60s); });
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(SharedFolder, ThatDoesNotExistYetIsLookedForWhereItWouldBe) {
  const TempDirectory temp;
  run_ranks(2, [&](World& world) { check_shared_folder(world, hosts(2), temp / "a/b/", 60s); });
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(SharedFolder, OfItsOwnOnEveryHostIsTold) {
  const TempDirectory temp;
  for (const char* name : {"0", "1", "2"}) fs::create_directory(temp / name);
  try {
    run_ranks(3, [&](World& world) {
      const std::string own = world.rank() == 2 ? "2" : "0";
      check_shared_folder(world, hosts(3), temp / (own + "/run"), 20ms);
    });
    FAIL();
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr("what rank 0 writes there is not seen on h3;"));
    EXPECT_THAT(error.what(), testing::HasSubstr("give an --output-dir on a file system that all"));
  }
  for (const char* name : {"0", "1", "2"}) EXPECT_TRUE(fs::is_empty(temp / name));
}

TEST(SharedFolder, ThatCannotBeWrittenIsToldOnEveryRank) {
  run_ranks(2, [](World& world) {
    EXPECT_THROW(check_shared_folder(world, hosts(2), "/proc/run", 20ms), SharedError);
  });
}

TEST(NearestFolder, IsTheFolderOrTheFirstAboveThatExists) {
  const TempDirectory temp;
  EXPECT_EQ(nearest_folder(temp.path()), temp.path());
  EXPECT_EQ(nearest_folder(temp / "a/b/"), temp.path());
  EXPECT_EQ(nearest_folder("nowhere/run"), ".");
}

}  // namespace
}  // namespace lockstep::test
