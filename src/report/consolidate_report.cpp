// SPDX-License-Identifier: Apache-2.0
#include "report/consolidate_report.h"

#include <nlohmann/json.hpp>

#include "report/numbers.h"

namespace lockstep {

std::string consolidate_report(const Words& words, const ConsolidatedFile& written) {
  return fill(words.consolidated, {written.set, written.file, size_text(written.bytes)}) + "\n  " +
         fill(words.root_line, {written.root}) + "\n";
}

std::string consolidate_json(const ConsolidatedFile& written) {
  using Json = nlohmann::ordered_json;
  const Json object = {{"set", written.set},
                       {"file", written.file},
                       {"bytes", written.bytes},
                       {"root", written.root}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
