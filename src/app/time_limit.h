// SPDX-License-Identifier: Apache-2.0
// The forms of a --time-limit: minutes as in 90, H:MM:SS, and as Slurm writes days, D-HH, D-HH:MM
// or D-HH:MM:SS. MM:SS, which Slurm has too, is refused: more people mean hours and minutes by it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lockstep {

// Absent for any other form, and for no time at all.
std::optional<std::chrono::seconds> time_limit_from_text(const std::string& text);

// What a text that is no limit must be, with what to write where it may mean minutes or hours.
std::string time_limit_instead_of(const std::string& text);

}  // namespace lockstep
