// SPDX-License-Identifier: Apache-2.0
// The smallest damage there is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace lockstep::test {

// Of the byte at `place`, which must be in the file, this bit.
inline void flip_bit_at(const std::filesystem::path& file, std::int64_t place, int bit = 0) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(place);
  const int byte = stream.get();
  if (byte < 0) throw std::runtime_error("no such byte in " + file.string());
  stream.seekp(place);
  stream.put(static_cast<char>(byte ^ (1 << bit)));
}

}  // namespace lockstep::test
