// SPDX-License-Identifier: Apache-2.0
// Which pages of a file several ranks have bytes of. Two hosts must not write into one page: over
// NFS a host may write more of a page than it was given, with what it last knew of the bytes that
// another host writes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockstep {

// The largest page of the hosts that Linux runs on; smaller ones divide it.
inline constexpr std::int64_t kLargestPage = 64 << 10;

// Bytes of a file; `last` is not among them.
struct FileRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const FileRange&, const FileRange&) = default;
};

struct RankBytes {
  FileRange range;
  std::size_t rank = 0;
};

class SharedPages {
 public:
  SharedPages() = default;  // none
  // REQUIRES: no two have a byte in common; none is empty.
  explicit SharedPages(std::vector<RankBytes> runs);

  bool is_empty() const { return pages_.empty(); }
  // The parts of `range` that lie in such pages, in order, and those that do not.
  std::vector<FileRange> inside(FileRange range) const { return parts_of(range, true); }
  std::vector<FileRange> outside(FileRange range) const { return parts_of(range, false); }

 private:
  std::vector<FileRange> parts_of(FileRange range, bool are_inside) const;

  std::vector<std::int64_t> pages_;  // their numbers, in order
};

}  // namespace lockstep
