// SPDX-License-Identifier: Apache-2.0
// Which pages of a file somebody has written into.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "base/file.h"
#include "export/shared_pages.h"

namespace lockstep::test {

// The numbers of the pages of a file that have a byte other than 0.
inline std::set<std::int64_t> written_pages(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, ErrorKind::checkpoint);
  std::set<std::int64_t> pages;
  for (std::size_t place = 0; place < bytes.size(); place += kLargestPage) {
    if (bytes.find_first_not_of('\0', place) < place + kLargestPage)
      pages.insert(static_cast<std::int64_t>(place) / kLargestPage);
  }
  return pages;
}

// Moves the numbers over; returns how many were there already.
inline std::size_t add_pages(const std::set<std::int64_t>& more, std::set<std::int64_t>& pages) {
  return static_cast<std::size_t>(
      std::ranges::count_if(more, [&](std::int64_t page) { return !pages.insert(page).second; }));
}

}  // namespace lockstep::test
