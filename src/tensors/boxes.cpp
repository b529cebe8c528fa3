// SPDX-License-Identifier: Apache-2.0
#include "tensors/boxes.h"

namespace lockstep {
namespace {

// Indices along the first dimensions; the elements of a run are within what is left.
using Prefix = std::vector<std::int64_t>;

// All elements of `rows` rows from `first_row` on, of the dimension after the prefix.
Box full_rows(const Shape& shape, const Prefix& prefix, std::int64_t first_row, std::int64_t rows) {
  Box box{.first = prefix, .count = Prefix(prefix.size(), 1)};
  box.first.push_back(first_row);
  box.count.push_back(rows);
  for (std::size_t i = box.first.size(); i < shape.size(); ++i) {
    box.first.push_back(0);
    box.count.push_back(shape[i]);
  }
  return box;
}

std::int64_t elements_of_row(const Shape& shape, std::size_t dimension) {
  return element_count(
      Shape(shape.begin() + static_cast<std::ptrdiff_t>(dimension) + 1, shape.end()));
}

// A piece of one row, full rows, a piece of one row; each may be missing.
void add_boxes(const Shape& shape, Prefix& prefix, ElementRange run, std::vector<Box>& boxes) {
  if (run.count() == 0) return;
  const std::int64_t row = elements_of_row(shape, prefix.size());
  const auto add_piece = [&](ElementRange piece) {
    const std::int64_t start = piece.first / row * row;
    prefix.push_back(piece.first / row);
    add_boxes(shape, prefix, {piece.first - start, piece.last - start}, boxes);
    prefix.pop_back();
  };
  const std::int64_t first_full = (run.first + row - 1) / row;
  const std::int64_t last_full = run.last / row;
  if (first_full > last_full) return add_piece(run);
  add_piece({run.first, first_full * row});
  if (first_full < last_full)
    boxes.push_back(full_rows(shape, prefix, first_full, last_full - first_full));
  add_piece({last_full * row, run.last});
}

}  // namespace

std::vector<Box> boxes_of(const Shape& shape, ElementRange run) {
  if (run.count() == 0) return {};
  if (shape.empty()) return {Box{}};
  std::vector<Box> boxes;
  Prefix prefix;
  add_boxes(shape, prefix, run, boxes);
  return boxes;
}

}  // namespace lockstep
