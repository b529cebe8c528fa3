// SPDX-License-Identifier: Apache-2.0
#include "comm/peer_watch.h"

#include <algorithm>
#include <utility>

#include "base/numbers_text.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

// Ranks that end together, as those of a host do, are named together.
constexpr milliseconds kSettling{300};
// Longer than any busy machine keeps a process waiting between two looks.
constexpr milliseconds kOwnPause{5'000};
// Processor time that a process which does nothing does not use up within so long, though threads
// of its libraries look at their clocks. Reading from a slow disk uses more.
constexpr double kBusySeconds = 0.1;
constexpr std::chrono::minutes kBusyWithin{1};

std::int64_t seconds_in(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

// "rank 2 on h3 and ranks 4-7 on h4"
template <class Peers>
std::string names_of(const Peers& peers) {
  std::string text;
  for (std::size_t i = 0; i < peers.size();) {
    std::vector<int> ranks;
    const std::string& host = peers[i]->host;
    for (; i < peers.size() && peers[i]->host == host; ++i) ranks.push_back(peers[i]->rank);
    const std::string numbers = numbers_text(ranks);
    const std::string group = ranks.size() == 1 ? sentence("rank {0} on {1}", {numbers, host})
                                                : sentence("ranks {0} on {1}", {numbers, host});
    text = text.empty() ? group : sentence("{0} and {1}", {text, group});
  }
  return text;
}

template <class Peers>
std::string doing_of(const Peers& peers) {
  return peers.front()->last.doing();
}

}  // namespace

PeerWatch::PeerWatch(std::vector<std::string> hosts, const std::vector<int>& watched,
                     WatchLimits limits, Time now)
    : limits_(limits), moved_at_(now), looked_at_(now) {
  for (std::string& host : hosts) {
    const auto rank = static_cast<int>(peers_.size());
    peers_.push_back({.rank = rank,
                      .host = std::move(host),
                      .is_watched = std::ranges::find(watched, rank) != watched.end(),
                      .heard_at = now,
                      .busy_since = now});
  }
}

void PeerWatch::heard(int rank, const Pulse& pulse, Time now) {
  Peer& peer = peers_[static_cast<std::size_t>(rank)];
  const bool has_computed =
      pulse.waits == 0 && pulse.busy_seconds - peer.busy_before >= kBusySeconds;
  const bool has_moved = pulse.moves != peer.last.moves || has_computed;
  if (has_moved) moved_at_ = now;
  if (has_moved || now - peer.busy_since >= kBusyWithin) {
    peer.busy_before = pulse.busy_seconds;
    peer.busy_since = now;
  }
  peer.last = pulse;
  peer.heard_at = now;
}

void PeerWatch::left(int rank) { peers_[static_cast<std::size_t>(rank)].is_watched = false; }

void PeerWatch::gone(int rank, Time now) { peers_[static_cast<std::size_t>(rank)].gone_at = now; }

std::optional<std::string> PeerWatch::problem(Time now) {
  forgive_own_pause(now);
  if (auto text = gone_ranks(now)) return text;
  // Ranks of one host fall silent together, but not to the millisecond.
  if (silence(now, limits_.silence)) return silence(now, limits_.silence / 2);
  return standstill(now);
}

void PeerWatch::forgive_own_pause(Time now) {
  const auto pause = now - std::exchange(looked_at_, now);
  if (pause < std::min(kOwnPause, limits_.silence / 2)) return;
  moved_at_ += pause;
  for (Peer& peer : peers_) peer.heard_at = std::min(now, peer.heard_at + pause);
}

std::optional<std::string> PeerWatch::gone_ranks(Time now) const {
  const auto all = watched_where([](const Peer& peer) { return peer.gone_at.has_value(); });
  const auto is_settled = [&](const Peer* peer) { return now - *peer->gone_at >= kSettling; };
  if (std::ranges::none_of(all, is_settled)) return std::nullopt;
  return all.size() == 1 ? sentence("{0} is gone ({1})", {names_of(all), doing_of(all)})
                         : sentence("{0} are gone ({1})", {names_of(all), doing_of(all)});
}

std::optional<std::string> PeerWatch::silence(Time now, milliseconds silence) const {
  const auto all = watched_where(
      [&](const Peer& peer) { return !peer.gone_at && now - peer.heard_at >= silence; });
  if (all.empty()) return std::nullopt;
  const auto longest =
      *std::ranges::max_element(all, {}, [&](const Peer* peer) { return now - peer->heard_at; });
  const std::int64_t seconds = seconds_in(now - longest->heard_at);
  return all.size() == 1 ? sentence("{0} has not answered for {1} s ({2})",
                                    {names_of(all), seconds, doing_of(all)})
                         : sentence("{0} have not answered for {1} s ({2})",
                                    {names_of(all), seconds, doing_of(all)});
}

std::optional<std::string> PeerWatch::standstill(Time now) const {
  if (!limits_.standstill || now - moved_at_ < *limits_.standstill) return std::nullopt;
  const std::int64_t seconds = seconds_in(now - moved_at_);
  const auto stuck = watched_where([](const Peer& peer) { return peer.last.waits == 0; });
  if (!stuck.empty())
    return stuck.size() == 1 ? sentence("{0} answers, but has not got on for {1} s ({2})",
                                        {names_of(stuck), seconds, doing_of(stuck)})
                             : sentence("{0} answer, but have not got on for {1} s ({2})",
                                        {names_of(stuck), seconds, doing_of(stuck)});
  const auto waiting = watched_where([](const Peer&) { return true; });
  if (waiting.empty()) return std::nullopt;
  return waiting.size() == 1
             ? sentence("{0} answers, but nothing has arrived for {1} s ({2})",
                        {names_of(waiting), seconds, doing_of(waiting)})
             : sentence("{0} answer, but nothing has arrived between them for {1} s ({2})",
                        {names_of(waiting), seconds, doing_of(waiting)});
}

std::vector<const PeerWatch::Peer*> PeerWatch::watched_where(
    const std::function<bool(const Peer&)>& condition) const {
  std::vector<const Peer*> found;
  for (const Peer& peer : peers_)
    if (peer.is_watched && condition(peer)) found.push_back(&peer);
  return found;
}

}  // namespace lockstep
