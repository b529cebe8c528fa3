// SPDX-License-Identifier: Apache-2.0
#include "comm/shared_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

std::string text_in(const SharedMemory& memory) {
  return reinterpret_cast<const char*>(memory.data());
}

// What opening `address` is refused with.
std::string refusal(const SharedMemory::Address& address) {
  return message_of([&] { SharedMemory::open(address); }, ErrorKind::communication);
}

TEST(SharedMemory, IsZerosAtFirst) {
  const SharedMemory memory = SharedMemory::create(100'000);
  EXPECT_EQ(memory.bytes(), 100'000U);
  EXPECT_TRUE(std::all_of(memory.data(), memory.data() + memory.bytes(),
                          [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(SharedMemory, WhatOneWritesAnotherReads) {
  const SharedMemory memory = SharedMemory::create(1000);
  const SharedMemory theirs = SharedMemory::open(memory.address());
  std::strcpy(reinterpret_cast<char*>(memory.data()), "written later");
  EXPECT_EQ(text_in(theirs), "written later");
}

TEST(SharedMemory, IsReadByAnotherProcess) {
  const SharedMemory memory = SharedMemory::create(1000);
  std::strcpy(reinterpret_cast<char*>(memory.data()), "for a child");
  const SharedMemory::Address address = memory.address();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(text_in(SharedMemory::open(address)) == "for a child" ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(SharedMemory, StaysWhereItIsMappedWhenItsOwnerIsGone) {
  auto memory = std::make_unique<SharedMemory>(SharedMemory::create(1000));
  std::strcpy(reinterpret_cast<char*>(memory->data()), "still here");
  const SharedMemory theirs = SharedMemory::open(memory->address());
  memory.reset();
  EXPECT_EQ(text_in(theirs), "still here");
}

TEST(SharedMemory, MayBeEmpty) {
  const SharedMemory memory = SharedMemory::create(0);
  EXPECT_EQ(SharedMemory::open(memory.address()).bytes(), 0U);
}

TEST(SharedMemory, IsNotFoundOnceClosed) {
  SharedMemory memory = SharedMemory::create(1000);
  const SharedMemory::Address address = memory.address();
  memory.close();
  EXPECT_NE(refusal(address).find("No such file or directory"), std::string::npos)
      << refusal(address);
}

// Numbers of processes and descriptors are used again.
TEST(SharedMemory, IsNotTakenForAnother) {
  SharedMemory meant = SharedMemory::create(1000);
  const SharedMemory::Address address = meant.address();
  meant.close();
  const SharedMemory other = SharedMemory::create(1000);
  ASSERT_EQ(other.address().descriptor, address.descriptor);
  EXPECT_NE(refusal(address).find("is another process's"), std::string::npos);
}

TEST(SharedMemory, IsNotTakenForAFileOrAPipe) {
  SharedMemory::Address address = SharedMemory::create(1000).address();
  const TempDirectory directory;
  const std::string fifo = directory / "fifo";  // whoever opens it waits for a writer
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int pipe = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  for (const int other : {::open("/dev/null", O_RDONLY), pipe}) {
    address.descriptor = other;
    EXPECT_NE(refusal(address).find("is another process's"), std::string::npos);
    ::close(other);
  }
}

}  // namespace
}  // namespace lockstep::test
