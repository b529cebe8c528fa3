// SPDX-License-Identifier: Apache-2.0
// Trees of Python's values that mean something else than a good one.
#pragma once

#include <vector>

#include "export/pt_value.h"

namespace lockstep::test {

// The tree once for each of its values and each of some others, which stands there instead. In the
// place of a tensor these are tensors: of other shapes, strides, places and types.
std::vector<PtValue> pt_variants(const PtValue& root);

}  // namespace lockstep::test
