// SPDX-License-Identifier: Apache-2.0
#include "train/stop_request.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Saves and steps differ, and a program needs a moment to end.
constexpr Seconds kReserve{5.0};

const Clock::time_point process_started = Clock::now();
std::optional<Clock::time_point> end_of_time;

// A batch system and a launcher send a SIGTERM each, about a second apart, and a terminal that goes
// away lets the system and the shell send a SIGHUP: that is one request.
constexpr std::int64_t kSecondsOfOneRequest = 3;

volatile std::sig_atomic_t stop_signals = 0;
std::atomic<std::int64_t> told_to_end_at = 0;  // in seconds of the monotonic clock; 0: not yet
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

extern "C" void remember_stop(int signal_number) {
  stop_signals = 1;
  if (signal_number == SIGUSR1 || signal_number == SIGUSR2) return;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t first = told_to_end_at;
  if (first == 0) {
    told_to_end_at = now.tv_sec + 1;  // never 0
    return;
  }
  if (signal_number != SIGINT && now.tv_sec + 1 - first < kSecondsOfOneRequest) return;
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void listen_for(std::initializer_list<int> signal_numbers) {
  for (const int signal_number : signal_numbers) std::signal(signal_number, remember_stop);
}

// As under nohup, which asks to go on without a terminal.
bool is_ignored(int signal_number) {
  struct ::sigaction current = {};
  return ::sigaction(signal_number, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

}  // namespace

void listen_for_stop_requests() {
  listen_for({SIGINT, SIGTERM, SIGUSR1, SIGUSR2});
  if (!is_ignored(SIGHUP)) listen_for({SIGHUP});
  std::signal(SIGPIPE, SIG_IGN);
}

void listen_for_early_stop_requests() { listen_for({SIGUSR1, SIGUSR2}); }

bool stop_requested() { return stop_signals != 0; }

bool told_to_end() { return told_to_end_at != 0; }

void set_time_limit(std::chrono::seconds limit) { end_of_time = process_started + limit; }

std::optional<Seconds> time_left() {
  if (!end_of_time) return std::nullopt;
  return *end_of_time - Clock::now();
}

bool is_time_to_stop(std::optional<Seconds> left, double step_seconds, double save_seconds) {
  return left && left->count() < 2 * step_seconds + save_seconds + kReserve.count();
}

bool is_too_late_to_save(std::optional<Seconds> left, double save_seconds) {
  return left && left->count() < save_seconds;
}

}  // namespace lockstep
