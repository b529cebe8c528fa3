// SPDX-License-Identifier: Apache-2.0
#include "serve/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lockstep {
namespace {

constexpr std::chrono::seconds kLongestSilence(5);

// Which of these events there are within `limit`, errors among them; 0 if none.
short events_at(int socket, short wanted, std::chrono::milliseconds limit) {
  pollfd asked{.fd = socket, .events = wanted, .revents = 0};
  int found = 0;
  do {
    found = ::poll(&asked, 1, static_cast<int>(limit.count()));
  } while (found < 0 && errno == EINTR);
  return found < 0 ? short{POLLERR} : asked.revents;
}

template <class Transfer>
std::ptrdiff_t despite_signals(const Transfer& transfer) {
  std::ptrdiff_t size = 0;
  do {
    size = transfer();
  } while (size < 0 && errno == EINTR);
  return size;
}

}  // namespace

// A large write would wait as long as its client does not read.
Connection::Connection(int socket) : socket_(socket) {
  const timeval limit{.tv_sec = kLongestSilence.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

Connection::~Connection() {
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
}

void Connection::allow(std::size_t bytes, std::chrono::milliseconds limit) {
  allowed_ = bytes;
  allowed_until_ = std::chrono::steady_clock::now() + limit;
}

std::chrono::milliseconds Connection::time_left() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(allowed_until_ -
                                                                 std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

bool Connection::has_more(std::chrono::milliseconds limit) const {
  return ahead_begin_ < ahead_end_ || events_at(socket_, POLLIN, limit) != 0;
}

std::ptrdiff_t Connection::fill() {
  is_late_ = !has_more(std::min<std::chrono::milliseconds>(kLongestSilence, time_left()));
  if (is_late_) return -1;
  const std::ptrdiff_t size =
      despite_signals([&] { return ::recv(socket_, ahead_.data(), ahead_.size(), 0); });
  ahead_begin_ = 0;
  ahead_end_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(size, 0));
  return size;
}

std::ptrdiff_t Connection::read(char* to, std::size_t size) {
  if (allowed_ == 0) return -1;
  is_late_ = time_left() == std::chrono::milliseconds(0);
  if (is_late_) return -1;
  if (ahead_begin_ == ahead_end_) {
    const std::ptrdiff_t come = fill();
    if (come <= 0) return come;
  }
  const std::size_t given = std::min({size, allowed_, ahead_end_ - ahead_begin_});
  std::copy_n(ahead_.data() + ahead_begin_, given, to);
  ahead_begin_ += given;
  allowed_ -= given;
  return static_cast<std::ptrdiff_t>(given);
}

std::ptrdiff_t Connection::write(const char* from, std::size_t size) {
  if (!takes_bytes()) return -1;
  return despite_signals([&] { return ::send(socket_, from, size, MSG_NOSIGNAL); });
}

bool Connection::takes_bytes() const {
  return events_at(socket_, POLLOUT, kLongestSilence) == POLLOUT;
}

bool Connection::is_open() const {
  return events_at(socket_, POLLRDHUP, std::chrono::milliseconds(0)) == 0;
}

}  // namespace lockstep
