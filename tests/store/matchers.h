// SPDX-License-Identifier: Apache-2.0
// Short names for what most tests of this folder say.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>

namespace lockstep::test {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

}  // namespace lockstep::test
