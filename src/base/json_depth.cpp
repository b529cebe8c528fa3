// SPDX-License-Identifier: Apache-2.0
#include "base/json_depth.h"

#include "base/sentence.h"

namespace lockstep {

bool nests_too_deep(std::string_view json) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;  // and what it stands before
    if (in_text) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMostJsonLevels) return true;
  }
  return false;
}

std::string nesting_problem() {
  return sentence("it nests deeper than {0} levels", {kMostJsonLevels});
}

}  // namespace lockstep
