// SPDX-License-Identifier: Apache-2.0
#include "serve/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <thread>

#include "base/error.h"
#include "serve/http_status.h"
#include "serve/stopwatch.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostBodyBytes = 1 << 20;
// Every connection keeps a thread until its client is done, or has been silent for 5 seconds: of
// browsers that keep theirs open, and of requests that never end, too. A thread that waits is
// cheap.
constexpr std::size_t kThreads = 256;
constexpr const char* kAnyPath = ".*";

// Of the request that the thread is answering.
thread_local Stopwatch since_request;

// The library would also let two servers share a port, each getting some of the requests.
void allow_the_port_of_a_server_that_has_ended(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

void give(const Answer& answer, httplib::Response& response) {
  response.status = answer.status;
  if (!answer.parts) return response.set_content(answer.body, answer.type);
  response.set_header("Cache-Control", "no-store");
  response.set_chunked_content_provider(
      answer.type, [parts = answer.parts](std::size_t /*offset*/, httplib::DataSink& sink) {
        parts([&](std::string_view part) { return sink.write(part.data(), part.size()); });
        sink.done();
        return true;
      });
}

// What the library refuses before it asks us.
void explain(httplib::Response& response) {
  if (!response.body.empty()) return;
  const std::string detail =
      response.status == kContentTooLarge
          ? "the body is too large: at most 1 MiB, and 8 KiB without 'Content-Type: "
            "application/json'"
          : "the request is not one of HTTP that this server knows";
  response.set_content(detail_json(detail), "application/json");
}

}  // namespace

struct HttpServer::Library {
  httplib::Server server;
  std::thread listening;
};

HttpServer::HttpServer(TextService& service, const std::string& host, int port)
    : service_(service), library_(std::make_unique<Library>()) {
  httplib::Server& server = library_->server;
  const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
    give(service_.answer(request.method, request.path, request.body), response);
  };
  server.Get(kAnyPath, answer).Post(kAnyPath, answer).Put(kAnyPath, answer);
  server.Patch(kAnyPath, answer).Delete(kAnyPath, answer).Options(kAnyPath, answer);
  server.set_pre_routing_handler([](const httplib::Request&, httplib::Response&) {
    since_request = Stopwatch();
    return httplib::Server::HandlerResponse::Unhandled;
  });
  server.set_error_handler(
      [](const httplib::Request&, httplib::Response& response) { explain(response); });
  server.set_logger([this](const httplib::Request& request, const httplib::Response& response) {
    service_.answered(request.method, request.path, response.status, since_request.seconds());
  });
  server.set_payload_max_length(kMostBodyBytes);
  server.set_tcp_nodelay(true);  // each piece of a text goes out at once
  server.set_socket_options(allow_the_port_of_a_server_that_has_ended);
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };

  port_ = port;
  if (port == 0) port_ = server.bind_to_any_port(host);
  if (port_ < 0 || (port != 0 && !server.bind_to_port(host, port)))
    throw Error(ErrorKind::usage,
                "listening on " + host + ":" + std::to_string(port) +
                    ": another program has this port, or this machine has no such address; give "
                    "another with --port or --host");
  library_->listening = std::thread([&server] { server.listen_after_bind(); });
  // The library would not hear a stop() before it listens.
  while (!server.is_running()) std::this_thread::yield();
}

HttpServer::~HttpServer() {
  library_->server.stop();
  library_->listening.join();
}

}  // namespace lockstep
