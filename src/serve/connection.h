// SPDX-License-Identifier: Apache-2.0
// The bytes that a client sends and gets, and whether it is still there. Knows nothing of HTTP.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace lockstep {

// THREADS: one; is_open() any.
class Connection {
 public:
  // Owns the socket.
  explicit Connection(int socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // No more than so many bytes are read from now on, and none once `limit` has passed.
  void allow(std::size_t bytes, std::chrono::milliseconds limit);

  // Whether the next read() has something, or the end, within `limit`.
  bool has_more(std::chrono::milliseconds limit) const;
  // How many bytes have come, at most `size`; 0 at the end; -1 where none come for 5 seconds, the
  // connection is broken, or no more are allowed: not by their number, or not that late.
  std::ptrdiff_t read(char* to, std::size_t size);
  // Whether the last read() gave up because nothing came in time.
  bool is_late() const { return is_late_; }
  // How many bytes have gone; -1 where none go for 5 seconds, or the client is known to have left:
  // one that has said that it sends nothing more may still read.
  std::ptrdiff_t write(const char* from, std::size_t size);

  bool takes_bytes() const;
  // Not so where the client has left, or has said that it sends nothing more, which looks the same
  // until something is written to it.
  bool is_open() const;

  int socket() const { return socket_; }

 private:
  std::ptrdiff_t fill();
  // Until what is allowed no longer comes in time.
  std::chrono::milliseconds time_left() const;

  const int socket_;
  std::size_t allowed_ = 0;
  bool is_late_ = false;
  std::chrono::steady_clock::time_point allowed_until_;
  // Read ahead: what comes after a request is the beginning of the next.
  std::array<char, 4096> ahead_{};
  std::size_t ahead_begin_ = 0, ahead_end_ = 0;
};

}  // namespace lockstep
