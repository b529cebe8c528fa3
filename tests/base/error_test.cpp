// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <filesystem>

namespace lockstep::test {
namespace {

int exit_number(ErrorKind kind) { return static_cast<int>(exit_code_for(kind)); }

TEST(Error, EveryKindHasTheExitCodeThatTheReadmePromises) {
  EXPECT_EQ(exit_number(ErrorKind::usage), 2);
  EXPECT_EQ(exit_number(ErrorKind::input), 3);
  EXPECT_EQ(exit_number(ErrorKind::checkpoint), 4);
  EXPECT_EQ(exit_number(ErrorKind::communication), 5);
  EXPECT_EQ(exit_number(ErrorKind::divergence), 6);
  EXPECT_EQ(exit_number(ErrorKind::out_of_step), 7);
  EXPECT_EQ(exit_number(ErrorKind::internal), 70);
}

TEST(Error, StoppingHasExitCodesOfItsOwn) {
  EXPECT_EQ(static_cast<int>(ExitCode::success), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::stopped), 75);
  EXPECT_EQ(exit_number(ErrorKind::stopped), 75);
}

TEST(Error, CarriesItsKindAndItsMessage) {
  const Error error(ErrorKind::input, "reading a.txt: not UTF-8");
  EXPECT_EQ(error.kind(), ErrorKind::input);
  EXPECT_STREQ(error.what(), "reading a.txt: not UTF-8");
}

TEST(Error, ASharedErrorIsAnErrorOfItsKind) {
  const SharedError error(ErrorKind::checkpoint, "disk full");
  EXPECT_EQ(kind_of(error), ErrorKind::checkpoint);
}

TEST(Error, AForeignExceptionIsAMistakeOfThisProgram) {
  EXPECT_EQ(kind_of(std::out_of_range("at")), ErrorKind::internal);
}

TEST(Error, WhatTheFileSystemRefusedIsNoMistakeOfThisProgram) {
  const std::filesystem::filesystem_error error(
      "status", "a.pt", std::make_error_code(std::errc::too_many_symbolic_link_levels));
  EXPECT_EQ(kind_of(error), ErrorKind::input);
  EXPECT_EQ(sentence_of(error), "using a.pt: Too many levels of symbolic links (errno 40)");
}

TEST(Error, AnyOtherIsToldAsItIs) {
  EXPECT_EQ(sentence_of(Error(ErrorKind::input, "reading a.txt: empty")), "reading a.txt: empty");
}

TEST(Error, OfLibTorchsTheSentenceIsToldAndNotTheStack) {
  EXPECT_EQ(
      sentence_of(std::runtime_error("sizes differ\nException raised from mm at f.cpp:3 (most "
                                     "recent call first):\nframe #0: ...")),
      "sizes differ");
  EXPECT_EQ(sentence_of(std::runtime_error("no such thing\nframe #0: ...")), "no such thing");
}

TEST(Error, ALackOfMemoryIsToldWithItsRemedy) {
  const std::bad_alloc of_the_library;
  const std::runtime_error of_libtorch(
      "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
      "you "
      "tried to allocate 6230444800 bytes. Error code 12 (Cannot allocate memory)\nframe #0: ...");
  EXPECT_EQ(
      sentence_of(of_the_library),
      "this host has not enough memory; of a training, --dry-run says how much each rank needs");
  EXPECT_EQ(
      sentence_of(of_libtorch),
      "this host has not enough memory (6230444800 bytes more were asked for); of a training, "
      "--dry-run says how much each rank needs");
  for (const std::exception* error : {static_cast<const std::exception*>(&of_the_library),
                                      static_cast<const std::exception*>(&of_libtorch)}) {
    EXPECT_TRUE(is_lack_of_memory(*error));
    EXPECT_EQ(kind_of(*error), ErrorKind::usage);
  }
}

TEST(Error, WhatIsSaidOfMemoryInAnErrorOfOursIsNoLackOfIt) {
  const Error error(ErrorKind::checkpoint, "reading a.pt: you tried to allocate 5");
  EXPECT_FALSE(is_lack_of_memory(error));
  EXPECT_EQ(kind_of(error), ErrorKind::checkpoint);
  EXPECT_FALSE(is_lack_of_memory(std::runtime_error("sizes differ")));
}

TEST(Error, ErrnoIsToldInWordsAndAsANumber) {
  EXPECT_EQ(errno_text(ENOSPC), "No space left on device (errno 28)");
}

}  // namespace
}  // namespace lockstep::test
