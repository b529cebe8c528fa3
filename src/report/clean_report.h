// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool clean` prints: the files that went (or would go, with --dry-run), and what that
// frees.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/published.h"
#include "report/words.h"

namespace lockstep {

struct CleanResult {
  std::vector<PublishedFile> removed = {};
  std::int64_t keep = 0;         // the newest epoch files that stay
  std::int64_t freed_bytes = 0;  // less than the sum where a file that stays shares the bytes
  bool dry_run = false;
};

std::string clean_report(const Words& words, const CleanResult& result);

// An object with dry_run, keep, removed (an array of name and bytes) and freed_bytes.
std::string clean_json(const CleanResult& result);

}  // namespace lockstep
