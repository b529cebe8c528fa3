// SPDX-License-Identifier: Apache-2.0
// How many of the host's cores this process may use.
#pragma once

namespace lockstep {

// Those it is bound to, or those that the quota of its container is worth if that is less. At least
// one.
int usable_cores_of_this_process();

}  // namespace lockstep
