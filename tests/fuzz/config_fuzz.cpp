// SPDX-License-Identifier: Apache-2.0
#include "config/config_json.h"
#include "config/problems.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/json_variants.h"

namespace lockstep::test {

std::vector<std::string> first_inputs() { return json_variants(config_to_json(RunConfig())); }

void read_input(const std::string& input) {
  static_cast<void>(settings_in(input));
  RunConfig config;
  if (!apply_json(input, config).empty()) return;
  static_cast<void>(problems_in(config));
  std::string written;
  if (!reads(ErrorKind::usage, [&] { written = config_to_json(config); })) return;
  RunConfig again;
  must_hold(apply_json(written, again).empty(), "a configuration that was written is refused");
  must_hold(config_to_json(again) == written,
            "a configuration is another one when it has been written and read");
}

}  // namespace lockstep::test
