// SPDX-License-Identifier: Apache-2.0
#include "tensors/flat_layout.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(element_count({768, 3072}), 2'359'296);
  EXPECT_EQ(element_count({5}), 5);
}

TEST(Shape, OfAScalarIsOneElement) { EXPECT_EQ(element_count({}), 1); }

TEST(Shape, WithAnEmptyExtentHasNoElements) { EXPECT_EQ(element_count({3, 0, 4}), 0); }

TEST(Shape, MayHaveMoreElementsThanAnIntHolds) {
  EXPECT_EQ(element_count({100'000, 100'000}), 10'000'000'000);
}

TEST(Shape, ReadsAsPythonPrintsIt) {
  EXPECT_EQ(shape_text({768, 3072}), "[768, 3072]");
  EXPECT_EQ(shape_text({5}), "[5]");
  EXPECT_EQ(shape_text({}), "[]");
}

TEST(FlatLayout, LaysTensorsEndToEndInTheOrderGiven) {
  const FlatLayout layout({{"b", {2, 3}}, {"a", {4}}, {"c", {1}}});
  ASSERT_EQ(layout.tensors().size(), 3U);
  EXPECT_EQ(layout.tensors()[0].spec, (TensorSpec{"b", {2, 3}}));
  EXPECT_EQ(layout.tensors()[0].offset, 0);
  EXPECT_EQ(layout.tensors()[0].elements, 6);
  EXPECT_EQ(layout.tensors()[1].offset, 6);
  EXPECT_EQ(layout.tensors()[1].elements, 4);
  EXPECT_EQ(layout.tensors()[2].offset, 10);
  EXPECT_EQ(layout.elements(), 11);
}

TEST(FlatLayout, OfNothingIsEmpty) {
  EXPECT_TRUE(FlatLayout().tensors().empty());
  EXPECT_EQ(FlatLayout(std::vector<TensorSpec>{}).elements(), 0);
}

TEST(FlatLayout, FindsATensorByItsName) {
  const FlatLayout layout({{"weight", {2, 3}}, {"bias", {2}}});
  ASSERT_NE(layout.find("bias"), nullptr);
  EXPECT_EQ(layout.find("bias")->offset, 6);
}

TEST(FlatLayout, AnUnknownNameIsAbsent) {
  const FlatLayout layout({{"weight", {2, 3}}});
  EXPECT_EQ(layout.find("weigh"), nullptr);
  EXPECT_EQ(layout.find(""), nullptr);
}

}  // namespace
}  // namespace lockstep::test
