// SPDX-License-Identifier: Apache-2.0
#include "fuzz/pt_variants.h"

#include <functional>
#include <limits>

namespace lockstep::test {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::vector<PtValue> other_values() {
  return {{PtNone{}},           {std::int64_t{-1}}, {kLargest}, {std::string("text")},
          {PtList{{PtNone{}}}}, {PtDict{}}};
}

std::vector<PtValue> other_tensors(const PtTensor& tensor) {
  std::vector<PtValue> others;
  const auto add = [&](const std::function<void(PtTensor&)>& change) {
    PtTensor other = tensor;
    change(other);
    others.push_back({other});
  };
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{1000}, kLargest}) {
    add([&](PtTensor& other) { other.offset = number; });
    add([&](PtTensor& other) { other.storage_elements = number; });
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      add([&](PtTensor& other) { other.shape[axis] = number; });
      add([&](PtTensor& other) { other.stride[axis] = number; });
      add([&](PtTensor& other) { other.shape[axis] = number, other.stride[axis] = 0; });
    }
  }
  for (const PtDtype dtype : {PtDtype::float64, PtDtype::float16, PtDtype::uint8})
    add([&](PtTensor& other) { other.dtype = dtype; });
  add([](PtTensor& other) { other.storage = "missing"; });
  add([](PtTensor& other) { other.shape = other.stride = {}; });
  add([](PtTensor& other) { other.stride = {}; });
  return others;
}

// Calls `take` with the value `whole` after each change of `part`, which lies in it.
void change(const PtValue& whole, PtValue& part, const std::function<void(const PtValue&)>& take) {
  const PtValue before = part;
  std::vector<PtValue> others = other_values();
  if (const auto* tensor = before.as<PtTensor>()) others = other_tensors(*tensor);
  for (const PtValue& other : others) {
    part = other;
    take(whole);
  }
  part = before;
  const auto change_all = [&](std::vector<PtValue>& values) {
    for (PtValue& value : values) change(whole, value, take);
  };
  if (auto* list = std::get_if<PtList>(&part.value)) change_all(*list);
  if (auto* tuple = std::get_if<PtTuple>(&part.value)) change_all(tuple->items);
  if (auto* dict = std::get_if<PtDict>(&part.value))
    for (PtItem& item : dict->items) change(whole, item.value, take);
}

}  // namespace

std::vector<PtValue> pt_variants(const PtValue& root) {
  std::vector<PtValue> variants;
  PtValue changing = root;
  change(changing, changing, [&](const PtValue& variant) { variants.push_back(variant); });
  return variants;
}

}  // namespace lockstep::test
