// SPDX-License-Identifier: Apache-2.0
// What the file system of a run directory can do, found out by doing it in a folder that is removed
// again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/finding.h"

namespace lockstep {

struct DiskFacts {
  double bytes_per_second = 0.0;  // of large writes, with the fsync
  bool has_hard_links = false;
  bool has_direct_writes = false;  // past the page cache
};

// Writes into the directory, or where it would be created. Throws Error(checkpoint) if files cannot
// be written, made durable, renamed and removed there.
DiskFacts probe_disk(const std::filesystem::path& directory);

// Warnings of what is missing there.
std::vector<Finding> disk_findings(const DiskFacts& facts, const std::string& directory);

}  // namespace lockstep
