// SPDX-License-Identifier: Apache-2.0
#include "comm/pulse.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/sentence.h"

namespace lockstep {

std::string Pulse::doing() const {
  const std::string_view english(what.data(), ::strnlen(what.data(), what.size()));
  const std::string text =
      english.empty() ? sentence("starting") : std::string(translated(english));
  return step == 0 ? text : sentence("step {0}, {1}", {step, text});
}

Pulse pulse_of(const Activity& activity, double busy_seconds) {
  Pulse pulse{.step = activity.step,
              .moves = activity.moves,
              .busy_seconds = busy_seconds,
              .waits = activity.waits ? 1 : 0};
  const std::string_view what(activity.what);
  std::ranges::copy(what.substr(0, pulse.what.size()), pulse.what.begin());
  return pulse;
}

}  // namespace lockstep
