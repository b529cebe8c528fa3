// SPDX-License-Identifier: Apache-2.0
// What the tests of files share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace lockstep::test {

// The message of the Error(checkpoint) that `work` throws.
inline std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

inline std::string text_of(const std::filesystem::path& path) {
  return read_file(path, ErrorKind::checkpoint);
}

}  // namespace lockstep::test
