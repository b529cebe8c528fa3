// SPDX-License-Identifier: Apache-2.0
#include "device/named_range.h"

#include <nvtx3/nvToolsExt.h>

namespace lockstep {

void begin_range(const char* name) { nvtxRangePushA(name); }
void end_range() { nvtxRangePop(); }

}  // namespace lockstep
