// SPDX-License-Identifier: Apache-2.0
#include "store/layout_difference.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(LayoutDifference, IsTheFirstThatThereIs) {
  const FlatLayout model({{"a", {2, 3}}, {"b", {2}}});
  EXPECT_EQ(layout_difference(model, model), "");
  EXPECT_EQ(layout_difference(FlatLayout({{"a", {2, 3}}}), model), "there is no b");
  EXPECT_EQ(layout_difference(FlatLayout({{"a", {2, 3}}, {"b", {4}}}), model),
            "b is [4], the model's is [2]");
  EXPECT_EQ(layout_difference(FlatLayout({{"a", {2, 3}}, {"b", {2}}, {"c", {1}}}), model),
            "the model has no c");
  EXPECT_EQ(layout_difference(FlatLayout({{"b", {2}}, {"a", {2, 3}}}), model),
            "they are in another order");
}

}  // namespace
}  // namespace lockstep::test
