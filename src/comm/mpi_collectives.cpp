// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include "base/sentence.h"
#include "comm/activity.h"
#include "comm/collectives_kinds.h"
#include "comm/mpi_check.h"
#include "comm/mpi_window.h"

namespace lockstep {
namespace {

// MPI counts in int. Both sides cut alike.
constexpr std::size_t kPiece = std::size_t{16} << 20;

template <class Values, class Start>
void start_pieces(Values values, std::vector<MPI_Request>& requests, const Start& start_piece) {
  do {
    const Values piece = values.first(std::min(kPiece, values.size()));
    start_piece(piece.data(), static_cast<int>(piece.size()),
                &requests.emplace_back(MPI_REQUEST_NULL));
    values = values.subspan(piece.size());
  } while (!values.empty());
}

// MPI promises nothing about memory that it did not move itself: what was written to a window
// before a message is sent must be there when the message is. (GCC does not take C++'s own fence
// under the thread sanitizer.)
void order_memory() { __sync_synchronize(); }

class MpiTransfers : public PendingTransfers {
 public:
  MpiTransfers(MPI_Comm comm, const std::vector<Outgoing>& outgoing,
               const std::vector<Incoming>& incoming) {
    for (const Incoming& each : incoming)
      start_pieces(each.values, requests_, [&](float* values, int count, MPI_Request* request) {
        mpi_check(MPI_Irecv(values, count, MPI_FLOAT, each.peer, kTag, comm, request), "MPI_Irecv");
      });
    if (!outgoing.empty()) order_memory();
    for (const Outgoing& each : outgoing)
      start_pieces(each.values, requests_,
                   [&](const float* values, int count, MPI_Request* request) {
                     mpi_check(MPI_Isend(values, count, MPI_FLOAT, each.peer, kTag, comm, request),
                               "MPI_Isend");
                   });
    indices_.resize(requests_.size());
  }

  // Only a rank that fails leaves transfers behind; what still comes must not be written anywhere.
  ~MpiTransfers() override {
    for (MPI_Request& request : requests_) {
      if (request == MPI_REQUEST_NULL) continue;
      MPI_Cancel(&request);
      MPI_Request_free(&request);
    }
  }
  MpiTransfers(const MpiTransfers&) = delete;
  MpiTransfers& operator=(const MpiTransfers&) = delete;

  bool poll() override {
    int completed = 0;
    mpi_check(MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &completed,
                           indices_.data(), MPI_STATUSES_IGNORE),
              "MPI_Testsome");
    if (completed == 0) return false;
    note_progress();  // a slow network may need long for all of it
    const bool done = std::ranges::all_of(
        requests_, [](MPI_Request request) { return request == MPI_REQUEST_NULL; });
    if (done) order_memory();
    return done;
  }

  void wait() override {
    mpi_wait_until([this] { return poll(); }, kPeerTimeout,
                   [] { return sentence("exchanging numbers with the other ranks"); });
  }

 private:
  static constexpr int kTag = 0;
  std::vector<MPI_Request> requests_;
  std::vector<int> indices_;
};

class MpiCollectives : public Collectives {
 public:
  // Messages of other parts of the program must not be taken for ours.
  MpiCollectives() {
    mpi_await_all(kPeerTimeout, [] { return sentence("preparing the exchange of numbers"); });
    mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
  }
  ~MpiCollectives() override { MPI_Comm_free(&comm_); }
  MpiCollectives(const MpiCollectives&) = delete;
  MpiCollectives& operator=(const MpiCollectives&) = delete;

  std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& outgoing,
                                          const std::vector<Incoming>& incoming) override {
    return std::make_unique<MpiTransfers>(comm_, outgoing, incoming);
  }

  std::unique_ptr<SharedWindow> share(std::size_t count) override { return make_mpi_window(count); }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

}  // namespace

std::unique_ptr<Collectives> make_mpi_collectives() { return std::make_unique<MpiCollectives>(); }

}  // namespace lockstep
