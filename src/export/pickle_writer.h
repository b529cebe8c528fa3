// SPDX-License-Identifier: Apache-2.0
// Writes a value tree as torch.save pickles it: protocol 2, tensors as calls of _rebuild_tensor_v2
// over persistent storages. torch.load(weights_only=True) accepts it.
#pragma once

#include <string>

#include "export/pt_value.h"

namespace lockstep {

// Throws Error(checkpoint) for a text that the format has no room for (4 GiB).
std::string write_pickle(const PtValue& root);

}  // namespace lockstep
