// SPDX-License-Identifier: Apache-2.0
// What a server says of itself: a line each, for standard output.
#pragma once

#include <cstdint>
#include <string>

#include "report/words.h"

namespace lockstep {

std::string loading_report(const Words& words, const std::string& checkpoint);
std::string serving_report(const Words& words, const std::string& checkpoint,
                           std::int64_t parameters, const std::string& address);

}  // namespace lockstep
