// SPDX-License-Identifier: Apache-2.0
// Which epoch files to delete. Looks at no disk.
#pragma once

#include <cstdint>
#include <vector>

namespace lockstep {

// Of the epochs that have a file, those to delete so that the `keep_last_n` with the highest
// numbers stay; 0 keeps all. `written`, the epoch just written, stays whatever its number.
// Ascending.
std::vector<std::int64_t> epochs_to_remove(std::vector<std::int64_t> epochs,
                                           std::int64_t keep_last_n, std::int64_t written);

}  // namespace lockstep
