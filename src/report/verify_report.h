// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool verify` prints: one line for each checkpoint that is whole, the problems of each
// that is not; or the same as JSON.
#pragma once

#include <string>
#include <vector>

#include "report/words.h"

namespace lockstep {

struct VerifiedRow {
  std::vector<std::string> names = {};  // all names of one file; a set has one
  std::string root = {};                // empty where it is not known
  std::vector<std::string> problems = {};
};

std::string verify_report(const Words& words, const std::vector<VerifiedRow>& rows);

// An object with name, names, ok, root (null where it is not known) and problems.
std::string verify_json(const VerifiedRow& row);
// An array of these.
std::string verify_json(const std::vector<VerifiedRow>& rows);

}  // namespace lockstep
