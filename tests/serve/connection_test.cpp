// SPDX-License-Identifier: Apache-2.0
#include "serve/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace lockstep::test {
namespace {

using Ends = std::array<int, 2>;

Ends connected_sockets() {
  Ends ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  return ends;
}

// A connection of a client that sends what it is told to.
struct ConnectionAndClient {
  ~ConnectionAndClient() { leave(); }

  void send(const std::string& bytes) const {
    EXPECT_EQ(::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  void leave() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  // Of one call; "" at the end.
  std::string read(std::size_t most) {
    std::string bytes(most, ' ');
    const ssize_t size = connection.read(bytes.data(), most);
    return size < 0 ? "failed" : bytes.substr(0, static_cast<std::size_t>(size));
  }

  Ends ends = connected_sockets();
  Connection connection{ends[0]};
};

constexpr std::chrono::milliseconds kNow(0);
constexpr std::chrono::milliseconds kLong(3'600'000);

TEST(Connection, WhatWasReadAheadIsKept) {
  ConnectionAndClient both;
  both.connection.allow(100, kLong);
  EXPECT_FALSE(both.connection.has_more(kNow));
  both.send("abcdef");
  EXPECT_TRUE(both.connection.has_more(kNow));
  EXPECT_EQ(both.read(2), "ab");
  EXPECT_TRUE(both.connection.has_more(kNow));
  EXPECT_EQ(both.read(10), "cdef");
  EXPECT_FALSE(both.connection.has_more(kNow));
  both.leave();
  EXPECT_TRUE(both.connection.has_more(kNow));
  EXPECT_EQ(both.read(10), "");
}

TEST(Connection, NoMoreIsReadThanIsAllowed) {
  ConnectionAndClient both;
  both.send("abcdef");
  EXPECT_EQ(both.read(1), "failed");
  both.connection.allow(4, kLong);
  EXPECT_EQ(both.read(3), "abc");
  EXPECT_EQ(both.read(3), "d");
  EXPECT_EQ(both.read(3), "failed");
  both.connection.allow(100, kLong);
  EXPECT_EQ(both.read(3), "ef");
}

// Whatever it sends, and however often.
TEST(Connection, NothingIsReadOnceItsTimeIsOver) {
  ConnectionAndClient both;
  both.send("ab");
  both.connection.allow(100, kLong);
  EXPECT_EQ(both.read(1), "a");
  EXPECT_FALSE(both.connection.is_late());
  both.connection.allow(100, kNow);
  EXPECT_EQ(both.read(1), "failed");
  EXPECT_TRUE(both.connection.is_late());
  both.connection.allow(100, kLong);
  EXPECT_EQ(both.read(1), "b");
  EXPECT_FALSE(both.connection.is_late());
}

TEST(Connection, IsNotOpenOnceTheClientHasLeftThoughSomethingIsUnread) {
  ConnectionAndClient both;
  EXPECT_TRUE(both.connection.is_open());
  EXPECT_EQ(both.connection.write("x", 1), 1);
  both.send("abc");
  EXPECT_TRUE(both.connection.is_open());
  both.leave();
  EXPECT_FALSE(both.connection.is_open());
  EXPECT_EQ(both.connection.write("x", 1), -1);
}

TEST(Connection, AClientThatOnlySendsNothingMoreIsStillWrittenTo) {
  ConnectionAndClient both;
  ::shutdown(both.ends[1], SHUT_WR);
  EXPECT_FALSE(both.connection.is_open());
  EXPECT_TRUE(both.connection.takes_bytes());
  EXPECT_EQ(both.connection.write("x", 1), 1);
}

}  // namespace
}  // namespace lockstep::test
