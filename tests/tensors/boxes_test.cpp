// SPDX-License-Identifier: Apache-2.0
#include "tensors/boxes.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

// The row-major numbers of the elements in a box, in order.
std::vector<std::int64_t> elements_in(const Shape& shape, const Box& box) {
  std::vector<std::int64_t> elements = {0};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::vector<std::int64_t> next;
    for (const std::int64_t element : elements)
      for (std::int64_t j = 0; j < box.count[i]; ++j)
        next.push_back(element * shape[i] + box.first[i] + j);
    elements = next;
  }
  return elements;
}

void expect_boxes_are_the_run(const Shape& shape, ElementRange run) {
  SCOPED_TRACE(shape_text(shape) + " " + std::to_string(run.first) + " to " +
               std::to_string(run.last));
  const std::vector<Box> boxes = boxes_of(shape, run);
  std::vector<std::int64_t> found;
  for (const Box& box : boxes) {
    const std::vector<std::int64_t> elements = elements_in(shape, box);
    EXPECT_FALSE(elements.empty());
    found.insert(found.end(), elements.begin(), elements.end());
  }
  std::vector<std::int64_t> expected;
  for (std::int64_t i = run.first; i < run.last; ++i) expected.push_back(i);
  EXPECT_EQ(found, expected);
  EXPECT_LE(boxes.size(), std::max<std::size_t>(1, 2 * shape.size() - 1));
}

TEST(Boxes, OfFullRowsAreOneBox) {
  EXPECT_EQ(boxes_of({10, 4}, {8, 20}), (std::vector<Box>{{{2, 0}, {3, 4}}}));
}

TEST(Boxes, OfPiecesOfRowsAreThree) {
  EXPECT_EQ(boxes_of({10, 4}, {3, 18}),
            (std::vector<Box>{{{0, 3}, {1, 1}}, {{1, 0}, {3, 4}}, {{4, 0}, {1, 2}}}));
}

TEST(Boxes, WithinOneRowAreOneBox) {
  EXPECT_EQ(boxes_of({10, 4}, {5, 7}), (std::vector<Box>{{{1, 1}, {1, 2}}}));
}

TEST(Boxes, OfAScalarAreOneBoxWithoutDimensions) {
  EXPECT_EQ(boxes_of({}, {0, 1}), (std::vector<Box>{Box{}}));
}

TEST(Boxes, OfNothingAreNone) {
  EXPECT_TRUE(boxes_of({10, 4}, {5, 5}).empty());
  EXPECT_TRUE(boxes_of({10, 0}, {0, 0}).empty());
  EXPECT_TRUE(boxes_of({}, {0, 0}).empty());
}

TEST(Boxes, HoldExactlyTheRunInItsOrder) {
  const std::vector<Shape> shapes = {{}, {7}, {1}, {4, 5}, {1, 6}, {6, 1}, {3, 2, 4}, {2, 3, 2, 2}};
  for (const Shape& shape : shapes)
    for (std::int64_t first = 0; first < element_count(shape); ++first)
      for (std::int64_t last = first + 1; last <= element_count(shape); ++last)
        expect_boxes_are_the_run(shape, {first, last});
}

}  // namespace
}  // namespace lockstep::test
