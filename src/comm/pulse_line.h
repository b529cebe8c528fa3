// SPDX-License-Identifier: Apache-2.0
// Connections that carry pulses: TCP, beside MPI, because only the thread that trains may use MPI
// and a watchdog must speak while that one computes. Nothing in here waits for a peer but
// connect_line().
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "comm/pulse.h"

namespace lockstep {

// Owns one socket.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// One end of a connection.
class PulseLine {
 public:
  explicit PulseLine(Socket socket) : socket_(std::move(socket)) {}

  int descriptor() const { return socket_.descriptor(); }
  // What does not fit into the buffers of a peer that no longer reads is not sent.
  void send(const Pulse& pulse);
  // The next pulse that has arrived, if there is one.
  std::optional<Pulse> receive();
  // Whether the peer has closed its end, or its machine or the network says that it is gone. What
  // had arrived before can still be received.
  bool is_closed() const { return is_closed_; }

 private:
  Socket socket_;
  std::array<char, sizeof(Pulse)> arriving_{};
  std::size_t arrived_ = 0;  // bytes
  bool is_closed_ = false;
  bool is_clogged_ = false;
};

// Where others may connect to.
class PulseDoors {
 public:
  // One on every address of this machine. Throws Error(communication).
  static PulseDoors open();

  // "10.0.0.1 40123", one for each door.
  const std::vector<std::string>& addresses() const { return addresses_; }
  std::vector<int> descriptors() const;
  // Those who have come since this was last asked.
  std::vector<PulseLine> arrivals();

 private:
  std::vector<Socket> doors_;
  std::vector<std::string> addresses_;
};

// A line to the first of the addresses at which `greeting` is answered by a pulse with its key.
// Absent if it is at none of them.
std::optional<PulseLine> connect_line(const std::vector<std::string>& addresses,
                                      const Pulse& greeting, std::chrono::milliseconds patience);

}  // namespace lockstep
