// SPDX-License-Identifier: Apache-2.0
// How numbers are written for people: one way for each kind, the same in every report, in every
// language and under every locale.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

// "nan", "inf" or "-inf"; absent for a finite number. JSON, which has no such numbers, gets these
// texts instead.
std::optional<std::string_view> non_finite_name(double value);

std::string loss_text(double loss);                    // "4.8934"
std::string size_text(std::int64_t bytes);             // MiB: "487.3MB"
std::string seconds_text(double seconds);              // "264.1s (4.4min)"
std::string clock_text(double seconds);                // "04:23", "1:04:23"; whole seconds, cut
std::string thousands_text(std::int64_t count);        // "124,046,592"
std::string rate_text(double steps_per_second);        // "23.68it/s"; below one: "1.25s/it"
std::string learning_rate_text(double learning_rate);  // "5e-05", "0.0001"
std::string local_time_text(std::time_t moment);       // "2026-02-28 17:45:23"
std::string utc_time_text(std::time_t moment);         // ISO 8601: "2026-02-28T09:45:23Z"

}  // namespace lockstep
