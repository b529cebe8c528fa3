// SPDX-License-Identifier: Apache-2.0
// Command lines as a test writes them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/trainer_command.h"
#include "base/error.h"

namespace lockstep::test {

inline TrainerCommand parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"trainer"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_trainer_command(static_cast<int>(argv.size()), argv.data());
}

// What the command line is refused with, or "accepted".
inline std::string refusal(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

}  // namespace lockstep::test
