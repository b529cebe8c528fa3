// SPDX-License-Identifier: Apache-2.0
// The values that a PyTorch file (.pt) holds, as a tree: what pickle writes down, with tensors as
// references into storages. Plain data; no LibTorch, no Python.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tensors/flat_layout.h"

namespace lockstep {

enum class PtDtype {
  float32,
  float64,
  float16,
  bfloat16,
  int64,
  int32,
  int16,
  int8,
  uint8,
  boolean
};

std::int64_t bytes_per_element(PtDtype dtype);
// "float32", "int64", ... as PyTorch says it
std::string dtype_name(PtDtype dtype);

// A view of elements of one storage. Several tensors may share a storage (tied weights).
struct PtTensor {
  std::string storage;  // the storage's key: the file's entry <archive>/data/<key>
  PtDtype dtype = PtDtype::float32;
  std::int64_t storage_elements = 0;
  std::int64_t offset = 0;  // elements from the start of the storage
  Shape shape;
  Shape stride;  // elements
  friend bool operator==(const PtTensor&, const PtTensor&) = default;
};

struct PtValue;
using PtList = std::vector<PtValue>;
struct PtTuple {
  std::vector<PtValue> items;
  friend bool operator==(const PtTuple&, const PtTuple&) = default;
};
struct PtItem;
// In the order in which the file has them, as Python's dict and OrderedDict are.
struct PtDict {
  std::vector<PtItem> items;
  // The value under the text key, or nullptr.
  const PtValue* find(const std::string& key) const;
  void set(const std::string& key, PtValue value);  // appends; the key must be new
  friend bool operator==(const PtDict&, const PtDict&);
};

struct PtNone {
  friend bool operator==(const PtNone&, const PtNone&) = default;
};

// Python's None, bool, int, float, str, list, tuple, dict or a tensor.
struct PtValue {
  std::variant<PtNone, bool, std::int64_t, double, std::string, PtList, PtTuple, PtDict, PtTensor>
      value;

  // nullptr where the value is of another kind.
  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&value);
  }
  friend bool operator==(const PtValue&, const PtValue&) = default;
};

struct PtItem {
  PtValue key;
  PtValue value;
  friend bool operator==(const PtItem&, const PtItem&) = default;
};

}  // namespace lockstep
