// SPDX-License-Identifier: Apache-2.0
#include "comm/host_pairs.h"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kSmallRounds = 51;
constexpr std::size_t kLargeRounds = 5;
constexpr std::size_t kLargeFloats = std::size_t{1} << 20;

class Line {
 public:
  Line(Collectives& collectives, int peer, bool begins)
      : collectives_(collectives), peer_(peer), begins_(begins) {}

  // Seconds that `count` numbers take one way, as a rule: processors are busy with other things
  // too.
  double seconds_for(std::size_t count, std::size_t rounds) {
    std::vector<float> values(count);
    there_and_back(values);  // the connection is made, and its windows are open
    std::vector<double> seconds;
    while (seconds.size() < rounds) {
      const Clock::time_point start = Clock::now();
      there_and_back(values);
      seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count() / 2);
    }
    std::ranges::nth_element(seconds, seconds.begin() + std::ssize(seconds) / 2);
    return seconds[rounds / 2];
  }

 private:
  void there_and_back(std::vector<float>& values) {
    if (begins_) send(values);
    receive(values);
    if (!begins_) send(values);
  }
  void send(std::vector<float>& values) {
    collectives_.start({{.peer = peer_, .values = values}}, {})->wait();
  }
  void receive(std::vector<float>& values) {
    collectives_.start({}, {{.peer = peer_, .values = values}})->wait();
  }

  Collectives& collectives_;
  int peer_;
  bool begins_;
};

}  // namespace

// One host keeps its place, the others move around it; an odd one out has a pause.
std::vector<std::vector<std::pair<int, int>>> pair_rounds(int count) {
  std::vector<std::vector<std::pair<int, int>>> rounds;
  const int places = count + count % 2;
  for (int round = 0; round + 1 < places; ++round) {
    auto& pairs = rounds.emplace_back();
    for (int i = 0; i < places / 2; ++i) {
      const int one = i == 0 ? places - 1 : (round + i) % (places - 1);
      const int other = (round + places - 1 - i) % (places - 1);
      if (std::max(one, other) < count) pairs.emplace_back(std::minmax(one, other));
    }
  }
  return rounds;
}

std::vector<HostPair> measure_pairs(World& world, Collectives& collectives,
                                    const std::vector<int>& ranks) {
  std::vector<double> mine;
  const auto rank_of = [&](int host) { return ranks[static_cast<std::size_t>(host)]; };
  for (const auto& pairs : pair_rounds(static_cast<int>(ranks.size()))) {
    for (const auto& [one, other] : pairs) {
      const bool begins = rank_of(one) == world.rank();
      if (!begins && rank_of(other) != world.rank()) continue;
      Line line(collectives, begins ? rank_of(other) : rank_of(one), begins);
      const double latency = line.seconds_for(1, kSmallRounds);
      const double seconds = line.seconds_for(kLargeFloats, kLargeRounds);
      if (begins)
        mine.insert(mine.end(), {static_cast<double>(one), static_cast<double>(other), latency,
                                 kLargeFloats * sizeof(float) / seconds});
    }
  }
  std::vector<HostPair> found;
  for (const std::vector<double>& numbers : world.gather_all(mine))
    for (std::size_t i = 0; i + 3 < numbers.size(); i += 4)
      found.push_back({.one = static_cast<int>(numbers[i]),
                       .other = static_cast<int>(numbers[i + 1]),
                       .latency_seconds = numbers[i + 2],
                       .bytes_per_second = numbers[i + 3]});
  std::ranges::sort(found, {},
                    [](const HostPair& pair) { return std::tuple(pair.one, pair.other); });
  return found;
}

}  // namespace lockstep
