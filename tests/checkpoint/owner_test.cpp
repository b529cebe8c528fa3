// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "support/deep_json.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

class DirectoryOwnerTest : public testing::Test {
 protected:
  DirectoryOwnerTest() { std::filesystem::create_directory(directory_.path() / "shards"); }
  std::filesystem::path mark() const { return directory_.path() / "shards" / "owner.json"; }
  nlohmann::json read() const { return nlohmann::json::parse(std::ifstream(mark())); }
  void write(const nlohmann::json& text) const { std::ofstream(mark()) << text; }
  void expect_free() const { EXPECT_NO_THROW(refuse_if_owned(directory_.path())) << read(); }
  TempDirectory directory_;
};

int a_process_that_has_ended() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

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
    EXPECT_THAT(error.what(),
                testing::HasSubstr("taken by a later start, process " + std::to_string(::getpid()) +
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

TEST_F(DirectoryOwnerTest, IsNamedToANewRunWhileItsProcessIsAlive) {
  const DirectoryOwner owner(directory_.path(), "1");
  EXPECT_EQ(message_of([&] { refuse_if_owned(directory_.path()); }, ErrorKind::usage),
            "starting a new run in " + directory_.path().string() + ": process " +
                std::to_string(::getpid()) + " on " + host_name() +
                " is running there; wait for it or stop it, or give another --output-dir");
}

TEST_F(DirectoryOwnerTest, IsNobodyToANewRunOnceItsProcessHasEnded) {
  const DirectoryOwner owner(directory_.path(), "1");
  nlohmann::json mark = read();
  mark["process"] = a_process_that_has_ended();
  write(mark);
  expect_free();
}

TEST_F(DirectoryOwnerTest, IsNobodyToANewRunWhereAnotherProcessHasTheNumberNow) {
  const DirectoryOwner owner(directory_.path(), "1");
  nlohmann::json mark = read();
  mark["started"] = mark.at("started").get<std::uint64_t>() - 1;
  write(mark);
  expect_free();
}

TEST_F(DirectoryOwnerTest, IsNobodyToANewRunWhereItCannotBeSeen) {
  EXPECT_NO_THROW(refuse_if_owned(directory_.path()));
  const DirectoryOwner owner(directory_.path(), "1");
  nlohmann::json of_another_host = read();
  of_another_host["host"] = host_name() + "-2";
  write(of_another_host);
  expect_free();
}

TEST_F(DirectoryOwnerTest, IsStillKnownByAMarkThatDoesNotSayWhenItsProcessWasStarted) {
  const DirectoryOwner owner(directory_.path(), "1");
  nlohmann::json old = read();
  old["id"] = "2";
  old.erase("started");
  write(old);
  EXPECT_THROW(owner.check(), DirectoryTaken);
  expect_free();
}

TEST_F(DirectoryOwnerTest, IsNobodyByAMarkThatNestsTooDeep) {
  const DirectoryOwner owner(directory_.path(), "1");
  std::string text = read().dump();
  text.back() = ',';
  std::ofstream(mark()) << text << "\"more\": " << deep_list() << "}";
  EXPECT_NO_THROW(owner.check());
  EXPECT_NO_THROW(refuse_if_owned(directory_.path()));
}

}  // namespace
}  // namespace lockstep::test
