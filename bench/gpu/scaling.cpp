// SPDX-License-Identifier: Apache-2.0
// What would a step take on many GPUs? Reckoned, not measured: StreamExchange and StreamShare say
// what they send at which moment of a step, for every rank; how long that takes follows from how
// fast the links are, and the step of one GPU was measured. Nothing is sent, and no GPU is needed.
//
//   scaling [STEP_MS ...]
//
// STEP_MS is the step of GPT-2 small on one GPU; by default 54.6, 15.1 and 8.6, which an H200 took
// for 64, 16 and 8 sequences of 512 tokens (2026-11-27).
//
// What is left out: what collectives cost the multiprocessors that products would use, and that
// ranks are not equally fast.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "lanes/stream_exchange.h"
#include "lanes/stream_share.h"

namespace lockstep::bench {
namespace {

constexpr int kGpusOfAHost = 8;
constexpr int kBlocks = 12;
constexpr std::int64_t kEmbedding = 50'257 * 768;
constexpr std::int64_t kPositions = 512 * 768;
constexpr std::int64_t kBlock = 7'087'872;
constexpr std::int64_t kElements = kEmbedding + kPositions + kBlocks * kBlock + 2 * 768;
// The head multiplies by the embedding again.
constexpr double kPartOfHead =
    static_cast<double>(kEmbedding) / (kEmbedding + static_cast<double>(kBlocks) * kBlock);
constexpr double kForward = 1.0 / 3.0;
constexpr double kGpuBytes = 3.5e12;     // that a kernel reads and writes in a second
constexpr double kBytesOfAdamW = 26.0;   // per element
constexpr double kNormSeconds = 100e-6;  // the terms of all ranks, and the host's part

// How a GPU is connected, each way: by NVLink within a host, with what is reached of its 450 GB/s.
struct Links {
  const char* name;
  double within_host, between_hosts;  // bytes a second
  bool is_shared;                     // that between hosts, by the GPUs of one
};
constexpr double kWithinSeconds = 15e-6;
constexpr double kBetweenSeconds = 30e-6;
constexpr std::array kLinks = {Links{"a network of 400 Gbit/s for each GPU", 360e9, 45e9, false},
                               Links{"one of 400 Gbit/s for 8 GPUs", 360e9, 45e9, true},
                               Links{"one of 100 Gbit/s for 8 GPUs", 360e9, 11e9, true}};

// One call of StreamCollectives::start(), with the additions behind it: bytes of one rank.
struct Hop {
  double within_out = 0, within_in = 0, between_out = 0, between_in = 0, added = 0;
};

// Writes down what one rank sends and adds.
class Recorder : public StreamCollectives {
 public:
  explicit Recorder(int rank) : rank_(rank) {}

  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st* /*stream*/) override {
    Hop hop;
    for (const Outgoing& each : outgoing)
      (is_here(each.peer) ? hop.within_out : hop.between_out) += bytes(each.values.size());
    for (const Incoming& each : incoming)
      (is_here(each.peer) ? hop.within_in : hop.between_in) += bytes(each.values.size());
    hops_.push_back(hop);
  }
  void check() override {}
  void add(std::size_t sources, std::size_t count) {
    if (!hops_.empty()) hops_.back().added += bytes((sources + 1) * count);
  }
  const std::vector<Hop>& hops() const { return hops_; }

 private:
  static double bytes(std::size_t numbers) { return 4.0 * static_cast<double>(numbers); }
  bool is_here(int peer) const { return peer / kGpusOfAHost == rank_ / kGpusOfAHost; }

  const int rank_;
  std::vector<Hop> hops_;
};

// What all ranks do in a step: a list of hops for each.
struct Schedule {
  std::vector<std::vector<Hop>> exchange;
  std::vector<std::vector<Hop>> share;
  std::size_t buckets = 0;
};

// No number of it is looked at.
std::span<float> somewhere(std::int64_t elements) {
  return {reinterpret_cast<float*>(std::uintptr_t{1} << 20), as_size(elements)};
}

std::vector<Hop> exchange_of(int rank, const RankGrid& grid) {
  Recorder recorder(rank);
  const LanePlan lanes{.batch_size = grid.ranks(), .lanes = grid.ranks()};
  StreamExchange exchange(
      rank, grid, recorder, lanes, kElements,
      [&](const TreeSum&, std::span<const float* const> sources, std::span<float> destination,
          CUstream_st*) { recorder.add(sources.size(), destination.size()); });
  const ElementRange shard = exchange.shards()[as_size(rank)];
  exchange.use({.nodes = {somewhere(kElements).data()},
                .sum = somewhere(shard.count()),
                .scratch = somewhere(exchange.scratch_elements())});
  exchange.start();
  exchange.finish(nullptr);
  return recorder.hops();
}

std::vector<Hop> share_of(int rank, const RankGrid& grid) {
  Recorder recorder(rank);
  StreamShare(rank, grid, recorder, kElements).run(somewhere(kElements), nullptr, [](auto) {});
  return recorder.hops();
}

Schedule schedule_of(const RankGrid& grid) {
  Schedule schedule{.exchange = {}, .share = {}, .buckets = 0};
  for (int rank = 0; rank < grid.ranks(); ++rank) {
    schedule.exchange.push_back(exchange_of(rank, grid));
    schedule.share.push_back(share_of(rank, grid));
  }
  schedule.buckets =
      static_cast<std::size_t>((kElements + kStreamBucketElements - 1) / kStreamBucketElements);
  return schedule;
}

// Of a hop that all ranks make together, and the slowest ends.
double seconds_of(const std::vector<std::vector<Hop>>& of_ranks, std::size_t hop,
                  const Links& links) {
  double within = 0, added = 0;
  std::vector<double> out(of_ranks.size()), in(of_ranks.size());  // of each network
  for (std::size_t rank = 0; rank < of_ranks.size(); ++rank) {
    if (hop >= of_ranks[rank].size()) continue;
    const Hop& made = of_ranks[rank][hop];
    within = std::max({within, made.within_out, made.within_in});
    added = std::max(added, made.added);
    out[links.is_shared ? rank / kGpusOfAHost : rank] += made.between_out;
    in[links.is_shared ? rank / kGpusOfAHost : rank] += made.between_in;
  }
  const double between = std::max(*std::ranges::max_element(out), *std::ranges::max_element(in));
  return (within > 0 ? kWithinSeconds : 0) + (between > 0 ? kBetweenSeconds : 0) +
         std::max(within / links.within_host, between / links.between_hosts) + added / kGpuBytes;
}

std::size_t most_hops(const std::vector<std::vector<Hop>>& of_ranks) {
  std::size_t most = 0;
  for (const std::vector<Hop>& hops : of_ranks) most = std::max(most, hops.size());
  return most;
}

// A step, beginning when every rank has updated its shard.
class Step {
 public:
  Step(const Schedule& schedule, const Links& links, double alone)
      : schedule_(schedule), links_(links), alone_(alone) {}

  double seconds() {
    share();
    forward();
    backward();
    exchange();
    const double ranks = static_cast<double>(schedule_.exchange.size());
    return sent_ + kNormSeconds +
           static_cast<double>(kElements) / ranks * kBytesOfAdamW / kGpuBytes;
  }

 private:
  // The last bucket needs as many hops more as a bucket has after its first.
  void share() {
    const std::size_t hops = most_hops(schedule_.share);
    for (std::size_t hop = 0; hop < hops; ++hop) {
      sent_ += seconds_of(schedule_.share, hop, links_);
      if (hop + schedule_.buckets >= hops) there_.push_back(sent_);
    }
  }

  double there(std::int64_t last) const {
    return there_[as_size((last - 1) / kStreamBucketElements)];
  }

  void forward() {
    const double all = alone_ * kForward;
    now_ = there(kEmbedding + kPositions);
    for (int block = 0; block < kBlocks; ++block)
      now_ = std::max(now_, there(kEmbedding + kPositions + (block + 1) * kBlock)) +
             all * (1 - kPartOfHead) / kBlocks;
    now_ += all * kPartOfHead;
  }

  // When the elements from the beginning of a block on are final; those before the blocks at the
  // end.
  void backward() {
    const double all = alone_ * (1 - kForward);
    now_ += all * kPartOfHead;
    for (int block = kBlocks - 1; block >= 0; --block) {
      now_ += all * (1 - kPartOfHead) / kBlocks;
      final_.push_back({kEmbedding + kPositions + block * kBlock, now_});
    }
    final_.push_back({0, now_});
  }

  double final_from(std::int64_t first) const {
    return std::ranges::find_if(final_, [&](const Final& each) { return each.first <= first; })
        ->seconds;
  }

  void exchange() {
    const std::size_t hops = most_hops(schedule_.exchange);
    for (std::size_t hop = 0; hop < hops; ++hop) {
      const std::int64_t behind =
          static_cast<std::int64_t>(schedule_.buckets) - 1 - static_cast<std::int64_t>(hop);
      const double ready = final_from(std::max<std::int64_t>(0, behind * kStreamBucketElements));
      sent_ = std::max(sent_, ready) + seconds_of(schedule_.exchange, hop, links_);
    }
  }

  struct Final {
    std::int64_t first = 0;
    double seconds = 0;
  };

  const Schedule& schedule_;
  const Links& links_;
  const double alone_;
  double now_ = 0;   // of the pass
  double sent_ = 0;  // of the stream beside it
  std::vector<double> there_;
  std::vector<Final> final_;
};

RankGrid hosts_of_eight(int hosts) {
  std::vector<int> host_of_rank;
  for (int rank = 0; rank < kGpusOfAHost * hosts; ++rank)
    host_of_rank.push_back(rank / kGpusOfAHost);
  return RankGrid::of_hosts(host_of_rank);
}

// As a part of the speed that as many GPUs would have alone; in brackets, were hosts not added up
// first.
void print_table(const std::vector<double>& steps) {
  std::printf("| GPUs | links |");
  for (const double step : steps) std::printf(" %.1f ms |", step * 1e3);
  std::printf("\n|---|---|");
  for (std::size_t i = 0; i < steps.size(); ++i) std::printf("---|");
  std::printf("\n");
  for (const int hosts : {1, 2, 4, 8, 16}) {
    const RankGrid grid = hosts_of_eight(hosts);
    const Schedule by_host = schedule_of(grid);
    const Schedule flat = schedule_of(RankGrid::flat(grid.ranks()));
    for (const Links& links : kLinks) {
      std::printf("| %d | %s |", grid.ranks(), hosts == 1 ? "NVLink" : links.name);
      for (const double step : steps)
        std::printf(" %.0f %% (%.0f %%) |", 100 * step / Step(by_host, links, step).seconds(),
                    100 * step / Step(flat, links, step).seconds());
      std::printf("\n");
      if (hosts == 1) break;
    }
  }
}

}  // namespace
}  // namespace lockstep::bench

int main(int argc, char** argv) {
  std::vector<double> steps;
  for (int i = 1; i < argc; ++i) steps.push_back(std::strtod(argv[i], nullptr) / 1e3);
  if (steps.empty()) steps = {54.6e-3, 15.1e-3, 8.6e-3};
  lockstep::bench::print_table(steps);
  return 0;
}
