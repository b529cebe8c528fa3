// SPDX-License-Identifier: Apache-2.0
#include "export/crc32.h"

#include <libdeflate.h>
#include <zlib.h>

namespace lockstep {

std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before) {
  // libdeflate takes a null pointer for the wish to begin anew.
  if (bytes.empty()) return before;
  return ::libdeflate_crc32(before, bytes.data(), bytes.size());
}

std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::int64_t second_bytes) {
  static_assert(sizeof(z_off_t) == sizeof(second_bytes), "storages may be larger than 2 GiB");
  return static_cast<std::uint32_t>(::crc32_combine(first, second, second_bytes));
}

}  // namespace lockstep
