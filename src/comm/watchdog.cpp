// SPDX-License-Identifier: Apache-2.0
#include "comm/watchdog.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <map>
#include <random>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/sentence.h"
#include "comm/activity.h"
#include "comm/all_or_none.h"
#include "comm/peer_watch.h"
#include "comm/pulse_line.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLook{250};
constexpr milliseconds kConnectPatience{3'000};  // for one address
// By then a launcher has ended those for whom another has spoken.
constexpr milliseconds kTurnToSpeak{8'000};
// Pulses that come late are no silence worth a word.
constexpr milliseconds kSilenceToMention{5'000};

std::atomic<int> watches = 0;

// From one to the next: several are missed before a rank counts as silent.
constexpr milliseconds time_between_pulses(milliseconds peer_timeout) {
  return std::min(milliseconds(1'000), peer_timeout / 5);
}
static_assert(time_between_pulses(std::chrono::seconds(60)) == milliseconds(1'000));
static_assert(time_between_pulses(std::chrono::seconds(1)) == milliseconds(200));

double seconds_of(clockid_t clock) {
  constexpr double kNano = 1e-9;
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + kNano * static_cast<double>(time.tv_nsec);
}

std::string why_text(const std::string& problem) {
  const std::string newest = newest_checkpoint();
  if (newest.empty()) return sentence("{0}; start again with --auto-resume", {problem});
  return sentence("{0}; the newest checkpoint is {1}; start again with --auto-resume",
                  {problem, newest});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// How to reach rank 0, as it tells the others.
struct WayToRankZero {
  std::uint64_t key = 0;
  std::vector<std::string> hosts;
  std::vector<std::string> addresses;
};

// COLLECTIVE.
WayToRankZero way_to_rank_zero(World& world, const std::vector<std::string>& addresses) {
  std::random_device device;
  std::string mine =
      host_name() + "\n" + std::to_string((std::uint64_t{device()} << 32) | device());
  for (const std::string& address : addresses) mine += "\n" + address;
  const std::vector<std::string> all = world.gather_all(mine);
  WayToRankZero way;
  for (const std::string& text : all) way.hosts.push_back(lines_of(text).front());
  const std::vector<std::string> of_rank_zero = lines_of(all.front());
  way.key = std::stoull(of_rank_zero[1]);
  way.addresses.assign(of_rank_zero.begin() + 2, of_rank_zero.end());
  return way;
}

std::vector<int> watched_by(const World& world) {
  if (world.rank() != 0) return {0};
  std::vector<int> all(static_cast<std::size_t>(world.size()));
  for (std::size_t rank = 0; rank < all.size(); ++rank) all[rank] = static_cast<int>(rank);
  return all;
}

std::string complaint_of(int rank, const WayToRankZero& way) {
  std::string addresses;
  for (const std::string& address : way.addresses) addresses += " [" + address + "]";
  return sentence(
      "watching over the ranks: rank {0} on {1} cannot connect to rank 0 on {2}, neither to{3}; a "
      "rank that hangs will be noticed late and not be named; allow TCP between the hosts",
      {rank, way.hosts[static_cast<std::size_t>(rank)], way.hosts.front(), addresses});
}

// Can be waited for together with sockets.
class WakeUp {
 public:
  WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  int descriptor() const { return event_.descriptor(); }
  void call() const { ::eventfd_write(event_.descriptor(), 1); }

 private:
  Socket event_;
};

}  // namespace

bool ranks_are_watched() { return watches > 0; }

// THREADS: its functions are run() and what that calls on the thread, the others on that which made
// it before the thread starts and after it has ended.
class Watchdog::Watch {
 public:
  Watch(const World& world, WatchdogSettings settings, WayToRankZero way,
        std::optional<PulseDoors> doors)
      : rank_(world.rank()),
        settings_(std::move(settings)),
        key_(way.key),
        doors_(std::move(doors)),
        pulse_every_(time_between_pulses(settings_.peer_timeout)),
        peers_(std::move(way.hosts), watched_by(world), limits(world), Clock::now()) {}

  Pulse own_pulse(PulseKind kind = PulseKind::alive) const {
    Pulse pulse = pulse_of(current_activity(), seconds_of(CLOCK_PROCESS_CPUTIME_ID) -
                                                   seconds_of(CLOCK_THREAD_CPUTIME_ID));
    pulse.key = key_;
    pulse.rank = rank_;
    pulse.kind = kind;
    return pulse;
  }

  bool connect(const std::vector<std::string>& addresses) {
    std::optional<PulseLine> line = connect_line(addresses, own_pulse(), kConnectPatience);
    if (line) lines_.emplace(0, *std::move(line));
    return lines_.contains(0);
  }

  // Rank 0 serves the others while they connect; nobody is judged yet.
  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  void judge_from_now_on() { judges_ = true; }
  void leave() {
    thread_.request_stop();
    wake_up_.call();
    if (thread_.joinable()) thread_.join();
  }

 private:
  WatchLimits limits(const World& world) const {
    WatchLimits limits{.silence = settings_.peer_timeout};
    if (world.rank() == 0) limits.standstill = settings_.standstill;
    return limits;
  }

  void run(const std::stop_token& stop) {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // they are the other threads'
    Clock::time_point next_pulse = Clock::now();
    while (!stop.stop_requested()) {
      wait_for_something();
      let_in();
      listen_to_lines();
      if (Clock::now() >= next_pulse) {
        next_pulse = Clock::now() + pulse_every_;
        send_to_all(own_pulse());
        peers_.heard(rank_, own_pulse(), Clock::now());
      }
      if (judges_) judge();
    }
    send_to_all(own_pulse(PulseKind::goodbye));
  }

  void wait_for_something() const {
    std::vector<pollfd> all = {{.fd = wake_up_.descriptor(), .events = POLLIN, .revents = 0}};
    const auto add = [&](int descriptor) {
      all.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
    };
    for (const auto& [rank, line] : lines_) add(line.descriptor());
    for (const PulseLine& stranger : strangers_) add(stranger.descriptor());
    if (doors_) std::ranges::for_each(doors_->descriptors(), add);
    const auto longest = std::min(kLook, pulse_every_);
    ::poll(all.data(), all.size(), static_cast<int>(longest.count()));
  }

  // Who connects is a stranger until a pulse with the key of the job says which rank it is.
  void let_in() {
    if (!doors_) return;
    for (PulseLine& arrival : doors_->arrivals()) strangers_.push_back(std::move(arrival));
    for (PulseLine& stranger : strangers_) {
      const std::optional<Pulse> greeting = stranger.receive();
      if (!greeting || greeting->key != key_) continue;
      stranger.send(own_pulse());
      peers_.heard(greeting->rank, *greeting, Clock::now());
      lines_.insert_or_assign(greeting->rank, std::move(stranger));
    }
    std::erase_if(strangers_, [](const PulseLine& stranger) {
      return stranger.descriptor() < 0 || stranger.is_closed();
    });
  }

  void listen_to_lines() {
    std::vector<int> closed;
    for (auto& [rank, line] : lines_) {
      while (const std::optional<Pulse> pulse = line.receive()) take(rank, *pulse);
      if (line.is_closed()) closed.push_back(rank);
    }
    for (const int rank : closed) {
      peers_.gone(rank, Clock::now());
      lines_.erase(rank);
    }
  }

  void take(int rank, const Pulse& pulse) {
    switch (pulse.kind) {
      case PulseKind::alive: return peers_.heard(rank, pulse, Clock::now());
      case PulseKind::goodbye: return peers_.left(rank);
      case PulseKind::end: send_to_all(own_pulse(PulseKind::end)); return settings_.end_process("");
    }
  }

  void judge() {
    if (const std::optional<std::string> problem = peers_.problem(Clock::now()))
      return end_job(*problem);
    if (has_mentioned_silence_ || !settings_.is_told_to_end()) return;
    const std::optional<std::string> silence = peers_.silence(Clock::now(), kSilenceToMention);
    if (!silence) return;
    has_mentioned_silence_ = true;
    if (rank_ != 0) return;
    log_warning(why_text(*silence));
    send_to_all(
        own_pulse(PulseKind::goodbye));  // if the launcher ends this rank first, it is known
  }

  // Rank 0 speaks. Without it rank 1 does; the others only if that one is gone too.
  void end_job(const std::string& problem) {
    judges_ = false;
    send_to_all(own_pulse(PulseKind::end));
    if (rank_ > 1) std::this_thread::sleep_for(kTurnToSpeak);
    settings_.end_process(why_text(problem));
  }

  void send_to_all(const Pulse& pulse) {
    for (auto& [rank, line] : lines_) line.send(pulse);
  }

  const int rank_;
  const WatchdogSettings settings_;
  const std::uint64_t key_;
  std::optional<PulseDoors> doors_;  // rank 0's
  const milliseconds pulse_every_;
  PeerWatch peers_;
  std::map<int, PulseLine> lines_;  // by rank
  std::vector<PulseLine> strangers_;
  std::atomic<bool> judges_ = false;
  bool has_mentioned_silence_ = false;
  WakeUp wake_up_;
  std::jthread thread_;  // last member: the others outlive it
};

Watchdog::Watchdog(World& world, WatchdogSettings settings) {
  if (world.size() == 1) return;
  std::optional<PulseDoors> doors;
  all_or_none(world, [&] {
    if (world.rank() == 0) doors = PulseDoors::open();
  });
  const WayToRankZero way =
      way_to_rank_zero(world, doors ? doors->addresses() : std::vector<std::string>());
  watch_ = std::make_unique<Watch>(world, std::move(settings), way, std::move(doors));
  if (world.rank() == 0) watch_->start();
  const bool is_connected = world.rank() == 0 || watch_->connect(way.addresses);
  const std::vector<std::string> complaints =
      world.gather_all(is_connected ? "" : complaint_of(world.rank(), way));
  const auto first =
      std::ranges::find_if(complaints, [](const auto& text) { return !text.empty(); });
  if (first == complaints.end()) {
    ++watches;
    if (world.rank() != 0) watch_->start();
    watch_->judge_from_now_on();
    return;
  }
  if (world.rank() == 0) log_warning(*first);
  watch_->leave();
  watch_.reset();
}

Watchdog::~Watchdog() {
  if (!watch_) return;
  --watches;
  watch_->leave();
}

}  // namespace lockstep
