// SPDX-License-Identifier: Apache-2.0
// Looks for values in a tree that someone else wrote: every answer may be "not there", or "of
// another kind".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "export/pt_value.h"

namespace lockstep {

// Each takes nullptr for a value that is not there. Python writes whole floats now and then as
// ints: as a number both do.
std::optional<double> number_in(const PtValue* value);
std::optional<std::int64_t> integer_in(const PtValue* value);
// The same, or a float without a fraction.
std::optional<std::int64_t> whole_number_in(const PtValue* value);
const PtDict* dict_in(const PtValue* value);
const PtList* list_in(const PtValue* value);

// The numbers of a list, NaN for None. Absent if it is no list or has something else in it.
std::optional<std::vector<double>> numbers_in(const PtValue* value);

// The value under a key that is a whole number, or nullptr.
const PtValue* find_integer_key(const PtDict& dict, std::int64_t key);

}  // namespace lockstep
