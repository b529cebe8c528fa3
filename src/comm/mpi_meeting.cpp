// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_meeting.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"
#include "comm/mpi_check.h"

namespace lockstep {
namespace {

using HostName = std::array<char, 64>;  // cut where it is longer
constexpr int kTag = 0;

// Messages with several ranks, of which each is over by itself.
class Exchange {
 public:
  Exchange() = default;
  // Only a rank that fails leaves messages behind; what still comes must not be written anywhere.
  ~Exchange() {
    for (MPI_Request& request : requests_) {
      if (request == MPI_REQUEST_NULL) continue;
      MPI_Cancel(&request);
      MPI_Request_free(&request);
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void send(const void* bytes, std::size_t count, int to) {
    mpi_check(
        MPI_Isend(bytes, static_cast<int>(count), MPI_BYTE, to, kTag, MPI_COMM_WORLD, &add(to)),
        "MPI_Isend");
  }
  void receive(void* bytes, std::size_t count, int from) {
    mpi_check(
        MPI_Irecv(bytes, static_cast<int>(count), MPI_BYTE, from, kTag, MPI_COMM_WORLD, &add(from)),
        "MPI_Irecv");
  }
  // The ranks that are still silent after `patience`, in their order.
  std::vector<int> silent_after(std::chrono::seconds patience) {
    try {
      mpi_wait_until([this] { return is_over(); }, patience, [] { return std::string(); });
    } catch (const Error&) {
      return silent();
    }
    return {};
  }

 private:
  MPI_Request& add(int peer) {
    peers_.push_back(peer);
    return requests_.emplace_back(MPI_REQUEST_NULL);
  }
  bool is_over() {
    int done = 0;
    mpi_check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done,
                          MPI_STATUSES_IGNORE),
              "MPI_Testall");
    return done != 0;
  }
  std::vector<int> silent() {
    std::vector<int> ranks;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      int done = 0;
      mpi_check(MPI_Test(&requests_[i], &done, MPI_STATUS_IGNORE), "MPI_Test");
      if (done == 0) ranks.push_back(peers_[i]);
    }
    std::ranges::sort(ranks);
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    return ranks;
  }

  std::vector<int> peers_;
  std::vector<MPI_Request> requests_;
};

class Meeting {
 public:
  explicit Meeting(std::chrono::seconds patience) : patience_(patience) {
    mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
    hosts_.resize(static_cast<std::size_t>(size_));
    host_name().copy(host_of(rank_).data(), host_of(rank_).size() - 1);
  }

  void run() {
    tell_hosts_to_first();
    hear_hosts_from_first();
    greet_all();
  }

 private:
  HostName& host_of(int rank) { return hosts_[static_cast<std::size_t>(rank)]; }

  void tell_hosts_to_first() {
    Exchange exchange;
    if (rank_ > 0) exchange.send(&host_of(rank_), sizeof(HostName), 0);
    for (int other = 1; rank_ == 0 && other < size_; ++other)
      exchange.receive(&host_of(other), sizeof(HostName), other);
    finish(exchange);
  }

  void hear_hosts_from_first() {
    Exchange exchange;
    if (rank_ > 0) exchange.receive(hosts_.data(), hosts_.size() * sizeof(HostName), 0);
    for (int other = 1; rank_ == 0 && other < size_; ++other)
      exchange.send(hosts_.data(), hosts_.size() * sizeof(HostName), other);
    finish(exchange);
  }

  void greet_all() {
    Exchange exchange;
    for (int distance = 1; distance < size_; ++distance) {
      exchange.receive(nullptr, 0, (rank_ + size_ - distance) % size_);
      exchange.send(nullptr, 0, (rank_ + distance) % size_);
    }
    finish(exchange);
  }

  void finish(Exchange& exchange) {
    const std::vector<int> silent = exchange.silent_after(patience_);
    if (silent.empty()) return;
    const std::string first = name_of(silent.front());
    const std::string unreached =
        silent.size() == 1
            ? first
            : sentence("{0} (nor {1} other {1|rank|ranks})", {first, silent.size() - 1});
    throw Error(
        ErrorKind::communication,
        sentence(
            "joining the ranks: {0} does not reach {1} within {2} s; open all TCP ports between "
            "these hosts, or name the network they share with mpirun --mca btl_tcp_if_include",
            {name_of(rank_), unreached, patience_.count()}));
  }

  std::string name_of(int rank) {
    const std::string host = host_of(rank).data();
    if (host.empty()) return sentence("rank {0}", {rank});
    return sentence("rank {0} on {1}", {rank, host});
  }

  std::chrono::seconds patience_;
  int rank_ = 0;
  int size_ = 1;
  std::vector<HostName> hosts_;
};

}  // namespace

void mpi_meet(std::chrono::seconds patience) { Meeting(patience).run(); }

}  // namespace lockstep
