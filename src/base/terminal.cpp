// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <cstdlib>
#include <string_view>

namespace lockstep {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal_dumb() { return variable("TERM") == "dumb"; }

bool wants_colors() { return !is_terminal_dumb() && variable("NO_COLOR").empty(); }

}  // namespace lockstep
