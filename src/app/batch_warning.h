// SPDX-License-Identifier: Apache-2.0
// Whether a batch, and the warm-up, fit the length of a run, and the windows the text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

// The warning about a batch that an epoch cannot fill; absent if it can.
std::optional<std::string> batch_warning(std::int64_t batch_size, std::int64_t train_windows);

// The warning about a warm-up that the run ends in; absent if steps come after it.
std::optional<std::string> warmup_warning(std::int64_t warmup_steps, std::int64_t total_steps);

// The warning about windows of `context` tokens so far apart that text between them is left out;
// absent if none is.
std::optional<std::string> stride_warning(std::int64_t stride, std::int64_t context);

}  // namespace lockstep
