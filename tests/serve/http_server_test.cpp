// SPDX-License-Identifier: Apache-2.0
#include "serve/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <list>
#include <nlohmann/json.hpp>
#include <thread>

#include "serve/serving.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Matches;
using testing::Not;

constexpr const char* kHost = "127.0.0.1";
constexpr const char* kJson = "application/json";

struct HttpServing : Serving {
  using Serving::Serving;
  HttpServer server{service, kHost, 0};
  httplib::Client client{kHost, server.port()};
};

TEST(HttpServer, BringsRequestsAndAnswers) {
  HttpServing serving("xyz");
  const auto ready = serving.client.Get("/readyz");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 200);
  EXPECT_EQ(ready->get_header_value("Content-Type"), kJson);
  const auto text = serving.client.Post("/v1/generate", R"({"prompt": "中"})", kJson);
  ASSERT_TRUE(text);
  EXPECT_EQ(Json::parse(text->body).at("text"), "xyz");
  EXPECT_EQ(serving.model->last_request.prompt, "中");
}

// The second piece is written only when the first has arrived.
TEST(HttpServer, StreamsWhileTheTextIsWritten) {
  HttpServing serving("xyz");
  std::atomic<bool> has_first_arrived = false;
  std::atomic<int> written = 0;
  serving.model->before_piece = [&] {
    while (written == 1 && !has_first_arrived) std::this_thread::yield();
    ++written;
  };
  httplib::Request request;
  request.method = "POST";
  request.path = "/v1/generate";
  request.set_header("Content-Type", kJson);
  request.body = R"({"prompt": "a", "stream": true})";
  std::string body;
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    body.append(data, size);
    has_first_arrived = true;
    return true;
  };
  const auto answer = serving.client.send(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/event-stream");
  EXPECT_TRUE(body.starts_with("data: {\"delta\":\"x\"}\n\ndata: {\"delta\":\"y\"}\n\n")) << body;
  EXPECT_TRUE(body.ends_with("data: [DONE]\n\n")) << body;
}

// A connection that has sent half a request.
class HalfARequest {
 public:
  explicit HalfARequest(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string_view half = "GET /readyz HT";
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        ::send(socket_, half.data(), half.size(), 0) != std::ssize(half))
      ADD_FAILURE() << "cannot send: " << errno;
  }
  ~HalfARequest() { ::close(socket_); }
  HalfARequest(const HalfARequest&) = delete;
  HalfARequest& operator=(const HalfARequest&) = delete;

 private:
  int socket_;
};

TEST(HttpServer, AnswersBesideManyWhoNeverEndTheirRequest) {
  HttpServing serving("xyz");
  std::list<HalfARequest> silent;
  for (int client = 0; client < 100; ++client) silent.emplace_back(serving.server.port());
  serving.client.set_read_timeout(std::chrono::seconds(4));  // the silent ones are given 5
  const auto ready = serving.client.Get("/readyz");
  ASSERT_TRUE(ready) << httplib::to_string(ready.error());
  EXPECT_EQ(ready->status, 200);
}

TEST(HttpServer, WhatFailsIsADetailToo) {
  HttpServing serving("xyz");
  const auto missing = serving.client.Get("/missing");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  EXPECT_THAT(Json::parse(missing->body).at("detail").get<std::string>(), HasSubstr("/missing"));
  const auto wrong = serving.client.Delete("/readyz");
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405);
}

TEST(HttpServer, ABodyThatIsTooLargeIsRefused) {
  HttpServing serving("xyz");
  const auto answer = serving.client.Post("/v1/generate", std::string((1 << 20) + 1, 'x'), kJson);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_THAT(Json::parse(answer->body).at("detail").get<std::string>(), HasSubstr("1 MiB"));
}

// An answer is counted when its client has it, who may ask for the count sooner.
TEST(HttpServer, CountsWhatItHasAnswered) {
  HttpServing serving("xyz");
  serving.client.Get("/healthz");
  serving.client.Get("/missing");
  const auto all_counted = AllOf(HasSubstr("{method=\"GET\",path=\"/healthz\",status=\"200\"} 1\n"),
                                 HasSubstr("{method=\"GET\",path=\"other\",status=\"404\"} 1\n"));
  httplib::Result metrics = serving.client.Get("/metrics");
  while (metrics && !Matches(all_counted)(metrics->body)) metrics = serving.client.Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, Not(HasSubstr("llm_http_request_latency_seconds_count 0\n")));
}

TEST(HttpServer, APortOfAnotherIsSaid) {
  HttpServing serving("xyz");
  TextService service;
  EXPECT_THAT(message_of([&] { const HttpServer second(service, kHost, serving.server.port()); },
                         ErrorKind::usage),
              AllOf(HasSubstr(std::to_string(serving.server.port())), HasSubstr("--port")));
  EXPECT_THAT(
      message_of([&] { const HttpServer second(service, "192.0.2.1", 0); }, ErrorKind::usage),
      HasSubstr("no such address"));
}

TEST(HttpServer, ThePortIsFreeAgainAtOnce) {
  int port = 0;
  {
    HttpServing serving("xyz");
    port = serving.server.port();
    EXPECT_TRUE(serving.client.Get("/healthz"));
  }
  TextService service;
  const HttpServer server(service, kHost, port);
  EXPECT_TRUE(httplib::Client(kHost, port).Get("/healthz"));
}

}  // namespace
}  // namespace lockstep::test
