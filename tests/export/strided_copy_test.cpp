// SPDX-License-Identifier: Apache-2.0
#include "export/strided_copy.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <vector>

namespace lockstep::test {
namespace {

using testing::ElementsAre;

PtTensor view(const Shape& shape, const Shape& stride) {
  PtTensor tensor;
  tensor.dtype = PtDtype::int16;
  tensor.shape = shape;
  tensor.stride = stride;
  return tensor;
}

std::vector<std::int16_t> copied(const PtTensor& tensor) {
  const std::array<std::int16_t, 6> storage{0, 1, 2, 3, 4, 5};
  std::vector<std::int16_t> elements(static_cast<std::size_t>(element_count(tensor.shape)));
  copy_row_major(
      tensor,
      std::as_bytes(std::span(storage).first(static_cast<std::size_t>(view_extent(tensor)))),
      std::as_writable_bytes(std::span(elements)));
  return elements;
}

TEST(StridedCopy, TransposesAMatrix) {
  EXPECT_THAT(copied(view({3, 2}, {1, 3})), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(StridedCopy, RepeatsAnElementWhoseStrideIsZero) {
  EXPECT_THAT(copied(view({2, 3}, {1, 0})), ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(StridedCopy, CopiesAScalarAndSkipsElements) {
  EXPECT_THAT(copied(view({}, {})), ElementsAre(0));
  EXPECT_THAT(copied(view({3}, {2})), ElementsAre(0, 2, 4));
}

TEST(StridedCopy, CopiesNothingOfAnEmptyView) {
  EXPECT_THAT(copied(view({2, 0}, {1, 1})), ElementsAre());
}

TEST(StridedCopy, KnowsRowMajorViews) {
  EXPECT_TRUE(is_row_major(view({2, 3}, {3, 1})));
  EXPECT_TRUE(is_row_major(view({2, 1, 3}, {3, 99, 1})));
  EXPECT_FALSE(is_row_major(view({3, 2}, {1, 3})));
}

}  // namespace
}  // namespace lockstep::test
