// SPDX-License-Identifier: Apache-2.0
// Which parameters torch.optim.AdamW would have in which group, under which settings.
#pragma once

#include <vector>

#include "config/run_config.h"
#include "export/training_draft.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// One group of all parameters; or, where vectors are not to decay, one of the matrices and one of
// the rest.
std::vector<AdamWGroup> adamw_groups(const FlatLayout& layout, const OptimConfig& config,
                                     double learning_rate);

}  // namespace lockstep
