// SPDX-License-Identifier: Apache-2.0
// Named tensors laid end to end in one flat space, without padding. Every rank, the optimizer and
// the checkpoint agree on it from names and shapes alone. Knows nothing of LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

using Shape = std::vector<std::int64_t>;

std::int64_t element_count(const Shape& shape);
// "[768, 3072]"
std::string shape_text(const Shape& shape);

struct TensorSpec {
  std::string name;
  Shape shape;
  friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

struct FlatTensor {
  TensorSpec spec;
  std::int64_t offset = 0;  // index of the first element in the flat space
  std::int64_t elements = 0;
};

class FlatLayout {
 public:
  FlatLayout() = default;
  explicit FlatLayout(const std::vector<TensorSpec>& specs);

  const std::vector<FlatTensor>& tensors() const { return tensors_; }
  std::int64_t elements() const { return elements_; }
  // The tensor called `name`, or nullptr.
  const FlatTensor* find(const std::string& name) const;

 private:
  std::vector<FlatTensor> tensors_;
  std::int64_t elements_ = 0;
};

}  // namespace lockstep
