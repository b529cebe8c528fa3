// SPDX-License-Identifier: Apache-2.0
// Why a checkpoint's tensors are not those of a model.
#pragma once

#include <string>

#include "tensors/flat_layout.h"

namespace lockstep {

// The first difference, as the end of a sentence; empty where both have the same tensors, of the
// same shapes and in the same order.
std::string layout_difference(const FlatLayout& found, const FlatLayout& model);

}  // namespace lockstep
