// SPDX-License-Identifier: Apache-2.0
#include "comm/solo_world.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(SoloWorld, IsRankZeroOfOne) {
  const SoloWorld world;
  EXPECT_EQ(world.rank(), 0);
  EXPECT_EQ(world.size(), 1);
  EXPECT_EQ(world.local_rank(), 0);
  EXPECT_EQ(world.local_leader(), 0);
}

TEST(SoloWorld, GathersWhatItSays) {
  SoloWorld world;
  World& as_world = world;
  EXPECT_EQ(as_world.gather_all("text"), std::vector<std::string>{"text"});
  EXPECT_EQ(as_world.gather_all(std::vector<double>{1.5, 2.5}),
            (std::vector<std::vector<double>>{{1.5, 2.5}}));
}

TEST(SoloWorld, AnExchangeInTheBackgroundIsOverAtOnce) {
  SoloWorld world;
  EXPECT_EQ(world.start_gather("text")->poll(), std::vector<std::string>{"text"});
}

TEST(SoloWorld, AbortEndsTheProgramWithTheExitCode) {
  SoloWorld world;
  EXPECT_EXIT(world.abort(ExitCode::divergence), testing::ExitedWithCode(6), "");
}

}  // namespace
}  // namespace lockstep::test
