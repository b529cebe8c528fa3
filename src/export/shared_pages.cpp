// SPDX-License-Identifier: Apache-2.0
#include "export/shared_pages.h"

#include <algorithm>

namespace lockstep {

// Where ranks meet in a page, two runs that follow each other do.
SharedPages::SharedPages(std::vector<RankBytes> runs) {
  std::ranges::sort(runs, {}, [](const RankBytes& run) { return run.range.first; });
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const std::int64_t page = runs[i].range.first / kLargestPage;
    const bool meet = (runs[i - 1].range.last - 1) / kLargestPage == page;
    if (!meet || runs[i - 1].rank == runs[i].rank) continue;
    if (pages_.empty() || pages_.back() != page) pages_.push_back(page);
  }
}

std::vector<FileRange> SharedPages::parts_of(FileRange range, bool are_inside) const {
  std::vector<FileRange> parts;
  auto page = std::ranges::lower_bound(pages_, range.first / kLargestPage);
  while (range.first < range.last) {
    const bool is_inside = page != pages_.end() && *page * kLargestPage <= range.first;
    const std::int64_t edge =
        page == pages_.end() ? range.last : (*page + (is_inside ? 1 : 0)) * kLargestPage;
    const FileRange part{range.first, std::min(edge, range.last)};
    if (is_inside == are_inside) parts.push_back(part);
    if (is_inside) ++page;
    range.first = part.last;
  }
  return parts;
}

}  // namespace lockstep
