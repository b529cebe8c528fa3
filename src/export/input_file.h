// SPDX-License-Identifier: Apache-2.0
// A file open for reading at any place. Nothing beyond its end is asked of the system, and every
// failure throws Error(checkpoint) that names the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace lockstep {

class InputFile {
 public:
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t bytes() const { return bytes_; }
  void read_at(std::uint64_t offset, std::span<std::byte> destination) const;
  std::string read_at(std::uint64_t offset, std::uint64_t count) const;

  // "reading /path/of/the.pt: `part`": what begins messages about a part of it.
  std::string subject(const std::string& part) const;
  [[noreturn]] void fail(const std::string& found) const;

 private:
  void check_inside(std::uint64_t offset, std::uint64_t count) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace lockstep
