// SPDX-License-Identifier: Apache-2.0
// The digests that everything read from a checkpoint is compared with, themselves compared with the
// root that was committed.
#pragma once

#include <optional>
#include <string>

#include "checkpoint/state_digests.h"
#include "store/open_checkpoint.h"

namespace lockstep {

// Absent where the checkpoint has none: a file that Python wrote. Throws Error(checkpoint), its
// text beginning with `doing`, if they do not give the checkpoint's root.
std::optional<StateDigests> checked_digests(const OpenCheckpoint& checkpoint,
                                            const std::string& doing);

}  // namespace lockstep
