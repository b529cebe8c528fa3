// SPDX-License-Identifier: Apache-2.0
// Whether a batch fits the text of a run. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

// The warning about a batch that an epoch cannot fill; absent if it can.
std::optional<std::string> batch_warning(std::int64_t batch_size, std::int64_t train_windows);

}  // namespace lockstep
