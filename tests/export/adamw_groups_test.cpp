// SPDX-License-Identifier: Apache-2.0
#include "export/adamw_groups.h"

#include <gmock/gmock.h>

namespace lockstep::test {
namespace {

using testing::ElementsAre;

const FlatLayout kLayout({{"matrix", {4, 3}}, {"vector", {3}}, {"cube", {2, 2, 2}}, {"bias", {2}}});

std::vector<AdamWGroup> groups_of(WeightDecayScope scope, double weight_decay) {
  OptimConfig config;
  config.beta1 = 0.8;
  config.beta2 = 0.95;
  config.eps = 1e-6;
  config.weight_decay = weight_decay;
  config.weight_decay_scope = scope;
  return adamw_groups(kLayout, config, 0.25);
}

TEST(AdamWGroups, AreOneWhenEverythingDecays) {
  const std::vector<AdamWGroup> groups = groups_of(WeightDecayScope::all, 0.1);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].tensors, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(groups[0].weight_decay, 0.1);
}

TEST(AdamWGroups, AreMatricesThenTheRestWhenVectorsDoNotDecay) {
  const std::vector<AdamWGroup> groups = groups_of(WeightDecayScope::matrices, 0.1);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].tensors, ElementsAre(0, 2));
  EXPECT_EQ(groups[0].weight_decay, 0.1);
  EXPECT_THAT(groups[1].tensors, ElementsAre(1, 3));
  EXPECT_EQ(groups[1].weight_decay, 0.0);
}

TEST(AdamWGroups, AreOneWhenNothingDecays) {
  const std::vector<AdamWGroup> groups = groups_of(WeightDecayScope::matrices, 0.0);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].tensors, ElementsAre(0, 1, 2, 3));
}

TEST(AdamWGroups, HaveTheSettingsOfTheRun) {
  const std::vector<AdamWGroup> groups = groups_of(WeightDecayScope::matrices, 0.1);
  EXPECT_EQ(groups.size(), 2U);
  for (const AdamWGroup& group : groups) {
    EXPECT_EQ(group.learning_rate, 0.25);
    EXPECT_EQ(group.beta1, 0.8);
    EXPECT_EQ(group.beta2, 0.95);
    EXPECT_EQ(group.eps, 1e-6);
  }
}

}  // namespace
}  // namespace lockstep::test
