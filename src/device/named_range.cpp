// SPDX-License-Identifier: Apache-2.0
#include "device/named_range.h"

#include <nvtx3/nvToolsExt.h>

namespace lockstep {

NamedRange::NamedRange(const char* name) { nvtxRangePushA(name); }
NamedRange::~NamedRange() { nvtxRangePop(); }

}  // namespace lockstep
