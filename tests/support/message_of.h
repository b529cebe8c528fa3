// SPDX-License-Identifier: Apache-2.0
// What a failure says.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.h"

namespace lockstep::test {

// The message of the Error, or of the Failure, that `work` throws, which must be of this kind.
template <class Failure = Error>
std::string message_of(const std::function<void()>& work, ErrorKind kind = ErrorKind::checkpoint) {
  try {
    work();
  } catch (const Failure& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace lockstep::test
