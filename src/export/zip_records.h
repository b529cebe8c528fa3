// SPDX-License-Identifier: Apache-2.0
// Numbers of the zip format that its writer and its reader share.
#pragma once

#include <cstdint>

namespace lockstep::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kEnd64Locator = 0x07064b50;

inline constexpr std::uint64_t kLocalHeaderBytes = 30;
inline constexpr std::uint64_t kEndBytes = 22;
inline constexpr std::uint64_t kEnd64Bytes = 56;
inline constexpr std::uint64_t kEnd64LocatorBytes = 20;
inline constexpr std::uint64_t kEnd64UncountedBytes = 12;  // its size field does not count these

// A field of all ones says: the number stands in a zip64 record.
inline constexpr std::uint32_t kIn64 = 0xffffffff;
inline constexpr std::uint16_t kCountIn64 = 0xffff;
inline constexpr std::uint16_t kExtra64 = 0x0001;
inline constexpr std::uint16_t kExtraPadding = 0x4246;  // "FB"

inline constexpr std::uint16_t kUtf8Names = 1 << 11;
inline constexpr std::uint16_t kSizesFollowData = 1 << 3;
inline constexpr std::uint16_t kStored = 0;

}  // namespace lockstep::zip
