// SPDX-License-Identifier: Apache-2.0
#include "report/server_report.h"

#include "report/numbers.h"

namespace lockstep {

std::string loading_report(const Words& words, const std::string& checkpoint) {
  return fill(words.loading_model, {checkpoint}) + "\n";
}

std::string serving_report(const Words& words, const std::string& checkpoint,
                           std::int64_t parameters, const std::string& address) {
  return fill(words.serving, {checkpoint, thousands_text(parameters), address}) + "\n";
}

}  // namespace lockstep
