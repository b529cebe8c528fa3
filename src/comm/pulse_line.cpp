// SPDX-License-Identifier: Apache-2.0
#include "comm/pulse_line.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int kWaiting = 1024;  // as many as may come at once

socklen_t size_of(const sockaddr* address) {
  return address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// Of the kinds that another machine can reach, or this one itself.
bool is_usable(const ifaddrs& interface) {
  if (interface.ifa_addr == nullptr || (interface.ifa_flags & IFF_UP) == 0) return false;
  if (interface.ifa_addr->sa_family == AF_INET) return true;
  if (interface.ifa_addr->sa_family != AF_INET6) return false;
  const auto* address = reinterpret_cast<const sockaddr_in6*>(interface.ifa_addr);
  return address->sin6_scope_id == 0;  // else it means something on one link only
}

// "10.0.0.1 40123" of a socket that is bound.
std::string address_text(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(descriptor, generic, &size) != 0 ||
      ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "";
  return std::string(host.data()) + " " + port.data();
}

std::optional<Socket> door_on(const sockaddr* address) {
  Socket door(::socket(address->sa_family, kSocketFlags, 0));
  if (door.descriptor() < 0 || ::bind(door.descriptor(), address, size_of(address)) != 0 ||
      ::listen(door.descriptor(), kWaiting) != 0)
    return std::nullopt;
  return door;
}

bool wait_for(int descriptor, short events, Clock::time_point limit) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(limit - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

std::optional<Socket> connect_to(const std::string& address, Clock::time_point limit) {
  const std::size_t space = address.find(' ');
  const addrinfo hints{.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                       .ai_family = AF_UNSPEC,
                       .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (space == std::string::npos ||
      ::getaddrinfo(address.substr(0, space).c_str(), address.substr(space + 1).c_str(), &hints,
                    &found) != 0)
    return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  Socket socket(::socket(found->ai_family, kSocketFlags, 0));
  if (socket.descriptor() < 0) return std::nullopt;
  if (::connect(socket.descriptor(), found->ai_addr, found->ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS || !wait_for(socket.descriptor(), POLLOUT, limit)) return std::nullopt;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::nullopt;
  return socket;
}

// Other programs listen too, and another machine may have an address of the same name.
bool is_answered(PulseLine& line, std::uint64_t key, Clock::time_point limit) {
  while (!line.is_closed() && wait_for(line.descriptor(), POLLIN, limit))
    if (const std::optional<Pulse> answer = line.receive()) return answer->key == key;
  return false;
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PulseLine::send(const Pulse& pulse) {
  if (is_clogged_ || is_closed_) return;
  const ssize_t sent = ::send(descriptor(), &pulse, sizeof pulse, MSG_NOSIGNAL | MSG_DONTWAIT);
  is_clogged_ = sent != static_cast<ssize_t>(sizeof pulse);
}

std::optional<Pulse> PulseLine::receive() {
  while (arrived_ < arriving_.size()) {
    const ssize_t bytes = ::recv(descriptor(), arriving_.data() + arrived_,
                                 arriving_.size() - arrived_, MSG_DONTWAIT);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    if (bytes <= 0) {
      is_closed_ = true;
      return std::nullopt;
    }
    arrived_ += static_cast<std::size_t>(bytes);
  }
  arrived_ = 0;
  Pulse pulse;
  std::memcpy(&pulse, arriving_.data(), sizeof pulse);
  return pulse;
}

PulseDoors PulseDoors::open() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    throw Error(
        ErrorKind::communication,
        sentence("opening the doors of the watchdog: getifaddrs: {0}", {errno_text(errno)}));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  PulseDoors doors;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (!is_usable(*each)) continue;
    std::optional<Socket> door = door_on(each->ifa_addr);
    if (!door) continue;
    doors.addresses_.push_back(address_text(door->descriptor()));
    doors.doors_.push_back(*std::move(door));
  }
  if (doors.doors_.empty())
    throw Error(
        ErrorKind::communication,
        sentence(
            "opening the doors of the watchdog: no address of this machine can be listened on: {0}",
            {errno_text(errno)}));
  return doors;
}

std::vector<int> PulseDoors::descriptors() const {
  std::vector<int> all;
  all.reserve(doors_.size());
  for (const Socket& door : doors_) all.push_back(door.descriptor());
  return all;
}

std::vector<PulseLine> PulseDoors::arrivals() {
  std::vector<PulseLine> lines;
  for (const Socket& door : doors_) {
    for (;;) {
      Socket arrival(::accept4(door.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (arrival.descriptor() < 0) break;
      lines.emplace_back(std::move(arrival));
    }
  }
  return lines;
}

std::optional<PulseLine> connect_line(const std::vector<std::string>& addresses,
                                      const Pulse& greeting, milliseconds patience) {
  for (const std::string& address : addresses) {
    const Clock::time_point limit = Clock::now() + patience;
    std::optional<Socket> socket = connect_to(address, limit);
    if (!socket) continue;
    PulseLine line(*std::move(socket));
    line.send(greeting);
    if (is_answered(line, greeting.key, limit)) return line;
  }
  return std::nullopt;
}

}  // namespace lockstep
