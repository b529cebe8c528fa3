// SPDX-License-Identifier: Apache-2.0
// A server whose system does not give it a connection, now and then.
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include "serve/http_server.h"
#include "serve/serving.h"

namespace lockstep::test {
namespace {

struct Refusals {
  std::atomic<int> left = 0;
  std::atomic<int> error_number = 0;
};

Refusals& refusals() {
  static Refusals all;
  return all;
}

}  // namespace
}  // namespace lockstep::test

// In place of the system's, for all of this program. The other call for the same is one that the
// thread sanitizer hears of.
extern "C" int accept(int socket, sockaddr* address, socklen_t* size) {
  lockstep::test::Refusals& refusals = lockstep::test::refusals();
  if (refusals.left > 0) {
    --refusals.left;
    errno = refusals.error_number;
    return -1;
  }
  return ::accept4(socket, address, size, 0);
}

namespace lockstep::test {
namespace {

// The first client is accepted by a call that has begun; the calls after it fail.
TEST(HttpServer, GoesOnAcceptingWhereASystemCallFails) {
  Serving serving("xyz");
  for (const int error_number : {ECONNABORTED, EMFILE, ENFILE, EINTR, ENOBUFS}) {
    const HttpServer server(serving.service, "127.0.0.1", 0);
    httplib::Client client("127.0.0.1", server.port());
    ASSERT_TRUE(client.Get("/healthz"));
    refusals().error_number = error_number;
    refusals().left = 3;
    for (int request = 0; request < 3; ++request) {
      const auto answer = client.Get("/healthz");
      ASSERT_TRUE(answer) << error_number << ": " << httplib::to_string(answer.error());
      EXPECT_EQ(answer->status, 200);
    }
    EXPECT_EQ(refusals().left, 0) << error_number;
  }
}

}  // namespace
}  // namespace lockstep::test
