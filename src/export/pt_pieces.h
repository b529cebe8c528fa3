// SPDX-License-Identifier: Apache-2.0
// Puts together what the ranks of a run have written to the storages of one file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/training_draft.h"

namespace lockstep {

// The bytes that pieces must fill of each storage; absent where no rank writes.
using StoragesToFill = std::vector<std::optional<std::int64_t>>;

// The CRC-32 of every storage from those of its pieces, which may come in any order; 0 where no
// rank writes. Throws Error(checkpoint) unless the pieces fill every storage exactly once;
// `name_of` says what a storage is.
std::vector<std::uint32_t> joined_crc32s(
    const StoragesToFill& storages, std::vector<PtPiece> pieces,
    const std::function<std::string(std::size_t storage)>& name_of);

}  // namespace lockstep
