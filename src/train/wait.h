// SPDX-License-Identifier: Apache-2.0
// Waiting for what other ranks or threads do.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace lockstep {

// Asks `is_over` again and again, with short pauses, until it says so. Throws
// Error(communication, problem) after `limit`; the watch over standstills is told that there is
// one.
void wait_until(const std::function<bool()>& is_over, std::chrono::steady_clock::time_point limit,
                const std::string& problem);

}  // namespace lockstep
