// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool consolidate` prints: the file that was written, or the same as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "report/words.h"

namespace lockstep {

struct ConsolidatedFile {
  std::string set;
  std::string file;
  std::int64_t bytes = 0;
  std::string root;
};

std::string consolidate_report(const Words& words, const ConsolidatedFile& written);

// An object with set, file, bytes and root.
std::string consolidate_json(const ConsolidatedFile& written);

}  // namespace lockstep
