// SPDX-License-Identifier: Apache-2.0
// The files of this repository as text, for tests of the rules of the house.
#pragma once

#include <string>
#include <vector>

namespace lockstep::test {

struct TextFile {
  std::string path;    // from the root, such as "src/base/file.h"
  std::string folder;  // of src/ or tests/: "base"; empty for files directly in them
  std::vector<std::string> lines;

  bool is_header() const { return path.ends_with(".h"); }
  bool is_in(const std::string& start) const { return path.starts_with(start); }
};

// "src/base/file.h:12"; lines count from 1.
std::string place(const TextFile& file, std::size_t index);

// Every .h and .cpp below `top` ("src" or "tests").
std::vector<TextFile> sources_in(const std::string& top);
std::vector<TextFile> all_sources();

// Every text file people wrote: no build outputs, no downloads, no big data.
std::vector<TextFile> written_files();

}  // namespace lockstep::test
