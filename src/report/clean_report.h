// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool clean` prints: the files and sets that went (or would go, with --dry-run), and
// what that frees.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/published.h"
#include "report/words.h"

namespace lockstep {

struct CleanResult {
  std::vector<PublishedFile> removed = {};
  std::vector<PublishedFile> removed_sets = {};
  std::int64_t keep = 0;          // the newest epoch files, and sets, that stay
  std::int64_t freed_bytes = 0;   // on the disk
  std::int64_t shared_bytes = 0;  // of what went, but a file that stays has the same bytes
  bool dry_run = false;
};

std::string clean_report(const Words& words, const CleanResult& result);

// An object with dry_run, keep, removed and removed_sets (arrays of name and bytes), freed_bytes
// and shared_bytes.
std::string clean_json(const CleanResult& result);

}  // namespace lockstep
