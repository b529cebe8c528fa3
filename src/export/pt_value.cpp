// SPDX-License-Identifier: Apache-2.0
#include "export/pt_value.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lockstep {

std::int64_t bytes_per_element(PtDtype dtype) {
  switch (dtype) {
    case PtDtype::float64:
    case PtDtype::int64: return 8;
    case PtDtype::float32:
    case PtDtype::int32: return 4;
    case PtDtype::float16:
    case PtDtype::bfloat16:
    case PtDtype::int16: return 2;
    case PtDtype::int8:
    case PtDtype::uint8:
    case PtDtype::boolean: return 1;
  }
  return 1;
}

std::string dtype_name(PtDtype dtype) {
  switch (dtype) {
    case PtDtype::float32: return "float32";
    case PtDtype::float64: return "float64";
    case PtDtype::float16: return "float16";
    case PtDtype::bfloat16: return "bfloat16";
    case PtDtype::int64: return "int64";
    case PtDtype::int32: return "int32";
    case PtDtype::int16: return "int16";
    case PtDtype::int8: return "int8";
    case PtDtype::uint8: return "uint8";
    case PtDtype::boolean: return "bool";
  }
  return "unknown";
}

const PtValue* PtDict::find(const std::string& key) const {
  const auto found = std::ranges::find_if(items, [&](const PtItem& item) {
    const auto* text = item.key.as<std::string>();
    return text != nullptr && *text == key;
  });
  return found == items.end() ? nullptr : &found->value;
}

void PtDict::set(const std::string& key, PtValue value) {
  assert(find(key) == nullptr);
  items.push_back({.key = {key}, .value = std::move(value)});
}

bool operator==(const PtDict& a, const PtDict& b) { return a.items == b.items; }

}  // namespace lockstep
