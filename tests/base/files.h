// SPDX-License-Identifier: Apache-2.0
// What the tests of files share.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"

namespace lockstep::test {

inline std::string text_of(const std::filesystem::path& path) {
  return read_file(path, ErrorKind::checkpoint);
}

}  // namespace lockstep::test
