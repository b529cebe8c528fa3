// SPDX-License-Identifier: Apache-2.0
// A window that nobody else can read: there is nobody, or nobody on this machine.
#pragma once

#include "comm/collectives.h"

namespace lockstep {

// Throws std::bad_alloc.
std::unique_ptr<SharedWindow> make_private_window(std::size_t count);

}  // namespace lockstep
