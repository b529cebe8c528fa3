// SPDX-License-Identifier: Apache-2.0
#include "serve/http_server.h"

#include <httplib.h>
#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"
#include "serve/answer_form.h"
#include "serve/connection.h"
#include "serve/http_status.h"
#include "serve/stopwatch.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostBodyBytes = 1 << 20;
// So much of a body that is too large is read all the same, and forgotten: a client that is still
// sending when its connection ends may not see why.
constexpr std::size_t kMostReadBytes = 16 * kMostBodyBytes;
// Every connection keeps a thread until its client is done, or has been silent for 5 seconds: of
// browsers that keep theirs open, and of requests that are long in coming, too. A thread that waits
// is cheap.
constexpr std::size_t kThreads = 256;
// With line ends too, which a dot leaves out: a body of a path without a handler has no limit.
constexpr const char* kAnyPath = R"([\s\S]*)";

// Of a request line and all headers, which the library keeps.
constexpr std::size_t kMostHeadBytes = 1 << 16;
constexpr std::chrono::seconds kLongestPause(5);  // between two requests of a client
// Of a head, and of a body, from its first byte to its last: a client that sends one now and then
// is never silent for long.
constexpr std::chrono::seconds kLongestPart(60);
// While a client pauses: how often a server that is being stopped is noticed. And how soon another
// connection is tried for where there was none to be had.
constexpr std::chrono::milliseconds kMoment(20);

// Of the request that the thread is answering. The library refuses some before they get a time.
thread_local std::optional<Stopwatch> since_request;
thread_local const Connection* its_connection = nullptr;
thread_local bool is_its_last = false;  // request of the connection

class ConnectionStream : public httplib::Stream {
 public:
  explicit ConnectionStream(Connection& connection) : connection_(connection) {}

  bool is_readable() const override { return connection_.has_more(kLongestPause); }
  bool is_writable() const override { return connection_.takes_bytes(); }
  ssize_t read(char* to, std::size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, std::size_t size) override {
    return connection_.write(from, size);
  }
  socket_t socket() const override { return connection_.socket(); }
  // Nobody asks for them.
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

 private:
  Connection& connection_;
};

// With connections of ours. The library's tell a handler nothing of their client, have no limit for
// what comes before a body, and forget what they have read ahead of the next request. And with a
// loop of ours that accepts them: the library's ends for good where it does not get one.
class LibraryServer : public httplib::Server {
 public:
  // Answers clients until end(). Of those who connect at once the library lets five wait until they
  // are accepted; the others try again a second later, or several. REQUIRES: the server is bound.
  void begin() {
    listening_ = svr_sock_;
    ::listen(listening_, SOMAXCONN);
    accepting_ = std::thread([this] { accept_clients(); });
  }
  // Waits for the answers that are being given. REQUIRES: it has begun.
  void end() {
    svr_sock_ = INVALID_SOCKET;
    ::shutdown(listening_, SHUT_RDWR);  // accept() ends
    accepting_.join();
    ::close(listening_);
  }

 private:
  void accept_clients() {
    httplib::ThreadPool answering(kThreads);
    while (svr_sock_ != INVALID_SOCKET) {
      const int client = ::accept(listening_, nullptr, nullptr);
      if (client >= 0)
        answering.enqueue([this, client] { process_and_close_socket(client); });
      else if (errno != ECONNABORTED && errno != EINTR)
        std::this_thread::sleep_for(kMoment);  // until some file is closed, above all
    }
    answering.shutdown();
  }

  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket);
    ConnectionStream stream(connection);
    its_connection = &connection;
    is_its_last = false;
    bool goes_on = true;
    for (std::size_t left = keep_alive_max_count_; goes_on && left > 0 && awaits(connection);
         --left) {
      bool is_last_for_client = false;
      connection.allow(kMostHeadBytes, kLongestPart);
      const bool is_answered =
          process_request(stream, left == 1, is_last_for_client, [&](httplib::Request& request) {
            connection.allow(kMostReadBytes, kLongestPart);
            request.ranges.clear();  // an answer comes whole, which a server may choose
          });
      goes_on = is_answered && !is_last_for_client && !is_its_last;
    }
    its_connection = nullptr;
    return goes_on;
  }

  // Whether the client says something more before it has paused for too long.
  bool awaits(const Connection& connection) const {
    const Stopwatch pause;
    while (svr_sock_ != INVALID_SOCKET && pause.seconds() < kLongestPause.count())
      if (connection.has_more(kMoment)) return true;
    return false;
  }

  int listening_ = INVALID_SOCKET;
  std::thread accepting_;
};

// The library would also let two servers share a port, each getting some of the requests.
void allow_the_port_of_a_server_that_has_ended(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

// Makes this answer the last of its connection: what is left of a request that has not been read to
// its end must not be taken for the next one.
void close_afterwards(httplib::Response& response) {
  if (!std::exchange(is_its_last, true)) response.set_header("Connection", "close");
}

void give(const Answer& answer, const httplib::Request& request, httplib::Response& response) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  if (!answer.parts) return response.set_content(answer.body, answer.type);
  response.set_header("Cache-Control", "no-store");
  const auto write_parts = [parts = answer.parts](std::size_t /*offset*/, httplib::DataSink& sink) {
    parts([&](std::string_view part) { return sink.write(part.data(), part.size()); });
    sink.done();
    return true;
  };
  if (request.version != "HTTP/1.0")
    return response.set_chunked_content_provider(answer.type, write_parts);
  // It has no chunks: a stream ends with its connection.
  close_afterwards(response);
  response.set_content_provider(answer.type, write_parts);
}

// The body of a refusal, whoever refuses: the library has only a status.
std::string explanation(int status) {
  if (status == kRequestTimeout)
    return "the request did not come in time: its head and its body have a minute each, and 5 "
           "seconds from one piece to the next";
  if (status == kContentTooLarge) return "the body is too large: at most 1 MiB";
  if (status == kUriTooLong) return "the first line of the request is too long: at most 8 KiB";
  if (status == kUnsupportedMediaType)
    return "the body is in parts or packed in a way that this server cannot read";
  return "the request is not one of HTTP that this server knows";
}

void refuse_and_close(int status, const httplib::Request& request, httplib::Response& response) {
  close_afterwards(response);
  response.status = status;
  response.set_content(refusal_json(request.path, status, explanation(status)), "application/json");
}

// Refuses what the library could not read to its end, which calls a bad request also what is late.
void refuse_unread(const httplib::Request& request, httplib::Response& response) {
  refuse_and_close(its_connection->is_late() ? kRequestTimeout : response.status, request,
                   response);
}

// What the library refuses by itself.
void explain(const httplib::Request& request, httplib::Response& response) {
  if (!response.has_header("Content-Type")) refuse_unread(request, response);
}

bool has_body(const httplib::Request& request) {
  return request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
}

// Whether all who read its head, the library and a proxy in front of it, see the same end of a
// request.
bool has_clear_end(const httplib::Request& request) {
  const bool has_odd_name = std::ranges::any_of(request.headers, [](const auto& header) {
    return header.first.find_first_of(" \t") != std::string::npos;
  });
  const std::size_t lengths = request.get_header_value_count("Content-Length");
  const std::size_t encodings = request.get_header_value_count("Transfer-Encoding");
  if (has_odd_name || lengths + encodings > 1) return false;
  if (encodings == 1)
    return strcasecmp(request.get_header_value("Transfer-Encoding").c_str(), "chunked") == 0;
  return request.get_header_value("Content-Length").find_first_not_of("0123456789") ==
         std::string::npos;
}

// The body; absent where it has been refused. The library's own way of reading knows a limit only
// for a body whose length is said before it, and waits for one that was not announced.
std::optional<std::string> read_body(const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& read) {
  std::string body;
  if (!has_body(request)) return body;
  // The library stops at a chunk that does not end well, and reads none of a DELETE.
  if (request.has_header("Transfer-Encoding")) close_afterwards(response);
  if (request.is_multipart_form_data()) {
    refuse_and_close(kUnsupportedMediaType, request, response);
    return std::nullopt;
  }
  std::size_t bytes = 0;
  const bool is_whole = read([&](const char* data, std::size_t size) {
    bytes += size;
    if (bytes <= kMostBodyBytes) body.append(data, size);
    return bytes <= kMostReadBytes;
  });
  if (is_whole && bytes <= kMostBodyBytes) return body;
  if (bytes > kMostBodyBytes)
    refuse_and_close(kContentTooLarge, request, response);
  else
    refuse_unread(request, response);
  return std::nullopt;
}

// The library would read a body of PRI without a limit, and has no way for the others.
bool is_method_of_ours(const std::string& method) {
  static constexpr std::array<std::string_view, 3> kOthers = {"CONNECT", "TRACE", "PRI"};
  return std::ranges::find(kOthers, method) == kOthers.end();
}

// Why an address cannot be listened on. REQUIRES: `error_number` is what the attempt left.
std::string obstacle_at(const std::string& host, int error_number) {
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, nullptr, &found);
  if (failure == EAI_NONAME) return sentence("there is no host of this name");
  if (failure == EAI_AGAIN) return sentence("the name of the host cannot be looked up now");
  if (failure != 0) return gai_strerror(failure);
  freeaddrinfo(found);
  return errno_text(error_number);
}

}  // namespace

struct HttpServer::Library {
  LibraryServer server;
};

HttpServer::HttpServer(TextService& service, const std::string& host, int port)
    : service_(service), library_(std::make_unique<Library>()) {
  LibraryServer& server = library_->server;
  const auto give_answer = [this](const httplib::Request& request, const std::string& body,
                                  httplib::Response& response) {
    // The text is written by another thread.
    const auto is_there = [connection = its_connection] { return connection->is_open(); };
    give(service_.answer(request.method, request.path, body, is_there), request, response);
  };
  const auto answer = [give_answer](const httplib::Request& request, httplib::Response& response) {
    if (has_body(request)) close_afterwards(response);  // which the library does not read
    give_answer(request, "", response);
  };
  const auto answer_body = [give_answer](const httplib::Request& request,
                                         httplib::Response& response,
                                         const httplib::ContentReader& read) {
    const std::optional<std::string> body = read_body(request, response, read);
    if (body) give_answer(request, *body, response);
  };
  server.Get(kAnyPath, answer).Options(kAnyPath, answer);
  server.Post(kAnyPath, answer_body).Put(kAnyPath, answer_body);
  server.Patch(kAnyPath, answer_body).Delete(kAnyPath, answer_body);
  server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    since_request = Stopwatch();
    if (is_method_of_ours(request.method) && has_clear_end(request))
      return httplib::Server::HandlerResponse::Unhandled;
    refuse_and_close(kBadRequest, request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    explain(request, response);
  });
  server.set_logger([this](const httplib::Request& request, const httplib::Response& response) {
    service_.answered(request.method, request.path, response.status,
                      since_request ? since_request->seconds() : 0.0);
    since_request.reset();
  });
  server.set_payload_max_length(kMostBodyBytes);
  server.set_tcp_nodelay(true);  // each piece of a text goes out at once
  server.set_socket_options(allow_the_port_of_a_server_that_has_ended);

  errno = 0;
  port_ = port == 0 ? server.bind_to_any_port(host) : server.bind_to_port(host, port) ? port : -1;
  const int error_number = errno;
  if (port_ < 0)
    throw Error(ErrorKind::usage,
                sentence("listening on {0}:{1}: {2}; give another with --port or --host",
                         {host, port, obstacle_at(host, error_number)}));
  server.begin();
}

HttpServer::~HttpServer() { library_->server.end(); }

}  // namespace lockstep
