// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

class DirectoryOwnerTest : public testing::Test {
 protected:
  DirectoryOwnerTest() { std::filesystem::create_directory(directory_.path() / "shards"); }
  std::filesystem::path mark() const { return directory_.path() / "shards" / "owner.json"; }
  TempDirectory directory_;
};

TEST_F(DirectoryOwnerTest, IsWhoTookItLast) {
  const DirectoryOwner first(directory_.path(), "1");
  first.check();
  const DirectoryOwner second(directory_.path(), "2");
  second.check();
  EXPECT_THROW(first.check(), DirectoryTaken);
}

TEST_F(DirectoryOwnerTest, IsNamedToTheOneBefore) {
  const DirectoryOwner first(directory_.path(), "1");
  const DirectoryOwner second(directory_.path(), "2");
  try {
    first.check();
    FAIL() << "nothing was thrown";
  } catch (const DirectoryTaken& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("taken by process " + std::to_string(::getpid()) +
                                                 " on " + host_name()));
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  }
}

TEST_F(DirectoryOwnerTest, IsNobodyWhereTheMarkIsMissingOrDamaged) {
  const DirectoryOwner owner(directory_.path(), "1");
  for (const char* text : {"", "{", "[]", "3", "{\"id\": \"2\"}", "{\"id\": 2, \"host\": 5}"}) {
    std::ofstream(mark()) << text;
    EXPECT_NO_THROW(owner.check()) << text;
  }
  std::filesystem::remove(mark());
  EXPECT_NO_THROW(owner.check());
}

}  // namespace
}  // namespace lockstep::test
