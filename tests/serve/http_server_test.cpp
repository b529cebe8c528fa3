// SPDX-License-Identifier: Apache-2.0
#include "serve/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <list>
#include <nlohmann/json.hpp>
#include <thread>

#include "serve/serving.h"
#include "serve/stopwatch.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
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

// A client that need not keep to the rules.
class RawClient {
 public:
  RawClient(int port, const std::string& begin) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      ADD_FAILURE() << "cannot connect: " << errno;
    send(begin);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(const std::string& bytes) {
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != std::ssize(bytes))
      ADD_FAILURE() << "cannot send: " << errno;
  }

  // What has come once `last` has, or the connection ends.
  std::string read_to(const std::string& last) {
    std::string all;
    std::array<char, 4096> part{};
    while (all.find(last) == std::string::npos) {
      const ssize_t size = ::recv(socket_, part.data(), part.size(), 0);
      if (size <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(size));
    }
    return all;
  }

 private:
  int socket_;
};

TEST(HttpServer, AnswersBesideManyWhoNeverEndTheirRequest) {
  HttpServing serving("xyz");
  std::list<RawClient> silent;
  const Stopwatch since_first;
  for (int client = 0; client < 100; ++client)
    silent.emplace_back(serving.server.port(), "GET /readyz HT");
  EXPECT_LT(since_first.seconds(), 4.0);
  serving.client.set_read_timeout(std::chrono::seconds(4));  // the silent ones are given 5
  const auto ready = serving.client.Get("/readyz");
  ASSERT_TRUE(ready) << httplib::to_string(ready.error());
  EXPECT_EQ(ready->status, 200);
}

// After 5 seconds.
TEST(HttpServer, WhoDoesNotSendTheRestIsToldSo) {
  HttpServing serving("xyz");
  const std::string post = "POST /v1/completions HTTP/1.1\r\n";
  RawClient in_head(serving.server.port(), post);
  RawClient in_body(serving.server.port(), post + "Content-Length: 20\r\n\r\n{");
  for (RawClient* const client : {&in_head, &in_body})
    EXPECT_THAT(client->read_to("the end"), AllOf(HasSubstr("HTTP/1.1 408 "), HasSubstr("in time"),
                                                  HasSubstr("invalid_request_error")));
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
  EXPECT_EQ(wrong->get_header_value("Allow"), "GET, HEAD");
}

TEST(HttpServer, ABodyThatIsTooLargeIsRefused) {
  HttpServing serving("xyz");
  const auto answer = serving.client.Post("/v1/generate", std::string((1 << 20) + 1, 'x'), kJson);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_THAT(Json::parse(answer->body).at("detail").get<std::string>(), HasSubstr("1 MiB"));
}

// Whoever refuses: OpenAI's clients read the error beside the detail.
TEST(HttpServer, OnOpenAisPathsARefusalIsAnErrorToo) {
  HttpServing serving("xyz");
  const auto large = serving.client.Post("/v1/completions", std::string((1 << 20) + 1, 'x'), kJson);
  ASSERT_TRUE(large);
  EXPECT_EQ(large->status, 413);
  EXPECT_THAT(Json::parse(large->body).at("error").at("message").get<std::string>(),
              HasSubstr("1 MiB"));
  const auto parts = serving.client.Post("/v1/completions", "a", "multipart/form-data; boundary=x");
  ASSERT_TRUE(parts);
  EXPECT_EQ(Json::parse(parts->body).at("error").at("type"), "invalid_request_error");
}

// Asks with a body whose length is not said before it.
httplib::Result post_in_chunks(httplib::Client& client, const char* path, std::size_t bytes) {
  const auto body = [bytes](std::size_t offset, httplib::DataSink& sink) {
    const std::string part(std::min<std::size_t>(bytes - offset, 1 << 16), ' ');
    if (part.empty()) {
      sink.done();
      return true;
    }
    return sink.write(part.data(), part.size());
  };
  return client.Post(path, body, kJson);
}

TEST(HttpServer, ABodyThatGrowsTooLargeIsRefused) {
  HttpServing serving("xyz");
  for (const char* const path : {"/v1/generate", "/a%0Ab"}) {
    const auto answer = post_in_chunks(serving.client, path, 2 << 20);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 413) << path;
    EXPECT_THAT(answer->body, HasSubstr("at most 1 MiB"));
  }
  const auto small = post_in_chunks(serving.client, "/v1/generate", 1 << 20);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->status, 422);
}

TEST(HttpServer, APackedBodyThatIsTooLargeIsRefused) {
  HttpServing serving("xyz");
  serving.client.set_compress(true);
  const auto answer = serving.client.Post("/v1/generate", std::string(2 << 20, ' '), kJson);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpServer, ABodyIsTakenWhateverTypeItSays) {
  HttpServing serving("xyz");
  const std::string body = R"({"prompt": "a"})" + std::string(100'000, ' ');
  const auto form = serving.client.Post("/v1/generate", body, "application/x-www-form-urlencoded");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->status, 200) << form->body;
  const auto parts = serving.client.Post("/v1/generate", "a", "multipart/form-data; boundary=x");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->status, 415);
}

TEST(HttpServer, WhatIsLeftOfARefusedBodyIsNoRequest) {
  HttpServing serving("xyz");
  RawClient client(serving.server.port(),
                   "POST /v1/generate HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "no length\r\nGET /healthz HTTP/1.1\r\n\r\n");
  const std::string answers = client.read_to("the end of the connection");
  EXPECT_THAT(answers, AllOf(HasSubstr("HTTP/1.1 400 "), HasSubstr("Connection: close\r\n"),
                             Not(HasSubstr("HTTP/1.1 200 "))));
}

// The library would wait for the end of the connection, or for 5 seconds.
TEST(HttpServer, ABodyThatIsNotAnnouncedIsEmpty) {
  HttpServing serving("xyz");
  const Stopwatch since_request;
  RawClient client(serving.server.port(), "POST /v1/generate HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to("}"), AllOf(HasSubstr("HTTP/1.1 422 "), HasSubstr("not JSON")));
  EXPECT_LT(since_request.seconds(), 4.0);
}

TEST(HttpServer, AMethodThatOnlyTheLibraryKnowsIsRefused) {
  HttpServing serving("xyz");
  RawClient client(serving.server.port(), "PRI * HTTP/1.1\r\nRange: bytes=9000-9009\r\n\r\n");
  EXPECT_THAT(client.read_to("the end of the connection"), HasSubstr("HTTP/1.1 400 "));
}

// What a client has done before is not part of it.
TEST(HttpServer, ARefusedRequestLineTakesNoTime) {
  HttpServing serving("xyz");
  RawClient client(serving.server.port(), "GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to("}"), HasSubstr("HTTP/1.1 200 "));
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  client.send("A\"B{}x / HTTP/1.1\r\n");
  EXPECT_THAT(client.read_to("}"), HasSubstr("HTTP/1.1 400 "));
  const std::string counted = "{method=\"other\",path=\"other\",status=\"400\"} 1\n";
  std::string metrics;
  while (metrics.find(counted) == std::string::npos)
    metrics = serving.service.answer("GET", "/metrics", "").body;
  EXPECT_THAT(metrics, AllOf(HasSubstr("latency_seconds_bucket{le=\"1\"} 2\n"),
                             HasSubstr("llm_http_request_latency_seconds_count 2\n")));
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

// The text is held up until its client has left, and has a thousand pieces to come then.
TEST(HttpServer, AClientThatLeavesEndsItsText) {
  HttpServing serving(std::string(1000, 'x'));
  std::atomic<int> written = 0;
  std::atomic<bool> has_left = false;
  serving.model->before_piece = [&] {
    ++written;
    while (!has_left) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  {
    const std::string body = R"({"prompt": "a", "max_new_tokens": 1024})";
    const RawClient client(serving.server.port(), "POST /v1/generate HTTP/1.1\r\nContent-Length: " +
                                                      std::to_string(body.size()) + "\r\n\r\n" +
                                                      body);
    while (written == 0) std::this_thread::yield();
  }
  has_left = true;
  std::string metrics;
  while (metrics.find("llm_generate_latency_seconds_count 1\n") == std::string::npos)
    metrics = serving.service.answer("GET", "/metrics", "").body;
  EXPECT_THAT(metrics, HasSubstr("llm_generate_requests_total{status=\"499\"} 1\n"));
  EXPECT_LT(written, 500);
}

TEST(HttpServer, OnAHostThatIsNotThereIsRefused) {
  Serving serving("xyz");
  const std::string said = message_of(
      [&] { const HttpServer server(serving.service, "nosuch.invalid", 0); }, ErrorKind::usage);
  EXPECT_THAT(said, HasSubstr("listening on nosuch.invalid:0: "));
  EXPECT_THAT(said, AnyOf(HasSubstr("there is no host of this name; give another"),
                          HasSubstr("the name of the host cannot be looked up now; give another")));
}

TEST(HttpServer, RequestsThatComeTogetherAreAllAnswered) {
  HttpServing serving("xyz");
  RawClient client(serving.server.port(),
                   "GET /healthz HTTP/1.1\r\n\r\nGET /readyz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to("model_params_m"), HasSubstr("uptime_s"));
}

TEST(HttpServer, AHeadWithoutAnEndIsRefused) {
  HttpServing serving("xyz");
  const std::string begin = "GET /healthz HTTP/1.1\r\nName: ";
  RawClient client(serving.server.port(), begin + std::string((1 << 16) - begin.size(), 'x'));
  EXPECT_THAT(client.read_to("the end of the connection"),
              AllOf(HasSubstr("HTTP/1.1 400 "), HasSubstr("Connection: close\r\n")));
}

// What follows a request line that was refused are its headers, whatever they look like.
TEST(HttpServer, WhatIsLeftOfARefusedHeadIsNoRequest) {
  HttpServing serving("xyz");
  RawClient client(serving.server.port(), "BREW / HTTP/1.1\r\nGET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to("the end of the connection"),
              AllOf(HasSubstr("HTTP/1.1 400 "), Not(HasSubstr("HTTP/1.1 200 "))));
}

TEST(HttpServer, AnAnswerComesWholeWhateverRangeIsAskedFor) {
  HttpServing serving("xyz");
  const auto page = serving.client.Get("/", {{"Range", "bytes=0-,0-,0-"}});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, serving.service.answer("GET", "/", "").body);
}

// Its body would be answered as a request of its own.
TEST(HttpServer, ABodyWhoseEndIsNotSureEndsItsConnection) {
  HttpServing serving("xyz");
  const std::string hidden = "GET /readyz HTTP/1.1\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const std::string& begin :
       {"GET /healthz HTTP/1.1\r\n" + length + "\r\n",
        "DELETE /healthz HTTP/1.1\r\n" + chunked + "\r\n",
        "POST /v1/generate HTTP/1.1\r\n" + chunked + "\r\n2\r\n{}no end\r\n",
        "POST /v1/generate HTTP/1.1\r\n" + length + chunked + "\r\n0\r\n\r\n",
        std::string("POST /v1/generate HTTP/1.1\r\nContent-Length: a\r\n\r\n"),
        "POST /v1/generate HTTP/1.1\r\nContent-Length: 0\r\n" + length + "\r\n",
        std::string("POST /v1/generate HTTP/1.1\r\nContent-Length : 26\r\n\r\n"),
        std::string("POST /v1/generate HTTP/1.1\r\nTransfer-Encoding: other\r\n\r\n")}) {
    RawClient client(serving.server.port(), begin + hidden);
    EXPECT_THAT(client.read_to("the end of the connection"),
                AllOf(HasSubstr("Connection: close\r\n"), Not(HasSubstr("model_params_m"))))
        << begin;
  }
}

TEST(HttpServer, AStreamForAnOldClientHasNoChunks) {
  HttpServing serving("xyz");
  const std::string body = R"({"prompt": "a", "stream": true})";
  RawClient client(serving.server.port(),
                   "POST /v1/generate HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
  const std::string answer = client.read_to("the end of the connection");
  EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 200 "), HasSubstr("Connection: close\r\n"),
                            Not(HasSubstr("Transfer-Encoding"))));
  EXPECT_TRUE(answer.ends_with("}\n\ndata: [DONE]\n\n")) << answer;
}

TEST(HttpServer, APortOfAnotherIsSaid) {
  HttpServing serving("xyz");
  TextService service;
  EXPECT_THAT(message_of([&] { const HttpServer second(service, kHost, serving.server.port()); },
                         ErrorKind::usage),
              AllOf(HasSubstr(std::to_string(serving.server.port())),
                    HasSubstr("Address already in use"), HasSubstr("--port")));
  EXPECT_THAT(
      message_of([&] { const HttpServer second(service, "192.0.2.1", 0); }, ErrorKind::usage),
      HasSubstr("Cannot assign requested address"));
  EXPECT_THAT(message_of([&] { const HttpServer second(service, "a..b", 0); }, ErrorKind::usage),
              AllOf(HasSubstr("a..b:0: "), Not(HasSubstr("errno"))));
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
