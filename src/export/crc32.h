// SPDX-License-Identifier: Apache-2.0
// CRC-32 as zip has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

// Of `bytes` that follow bytes whose CRC-32 is `before`.
std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0);

// Of two runs of bytes, one after the other, from the CRC-32 of each.
std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::int64_t second_bytes);

}  // namespace lockstep
