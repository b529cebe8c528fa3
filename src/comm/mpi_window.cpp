// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_window.h"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/sentence.h"
#include "comm/mpi_check.h"
#include "comm/private_window.h"
#include "comm/shared_memory.h"
#include "comm/world.h"

namespace lockstep {
namespace {

// How a rank tells the others where its memory is.
struct Invitation {
  std::int64_t rank = 0;
  std::int64_t has_memory = 0;
  SharedMemory::Address address;
};

// COLLECTIVE. The ranks that run on this machine.
class Neighbours {
 public:
  Neighbours() {
    mpi_await_all(kPeerTimeout, purpose);
    mpi_check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &comm_),
              "MPI_Comm_split_type");
    mpi_check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  ~Neighbours() { MPI_Comm_free(&comm_); }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

  int size() const { return size_; }

  // COLLECTIVE over the neighbours, as is first_of().
  std::vector<Invitation> gather(const Invitation& mine) const {
    std::vector<Invitation> all(static_cast<std::size_t>(size_));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(MPI_Iallgather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, comm_,
                             &request),
              "MPI_Iallgather");
    mpi_wait(request, kPeerTimeout, purpose);
    return all;
  }

  // The smallest of the numbers of all.
  int first_of(int mine) const {
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(MPI_Iallreduce(MPI_IN_PLACE, &mine, 1, MPI_INT, MPI_MIN, comm_, &request),
              "MPI_Iallreduce");
    mpi_wait(request, kPeerTimeout, purpose);
    return mine;
  }

 private:
  static std::string purpose() {
    return sentence("sharing memory between the ranks of this machine");
  }

  MPI_Comm comm_ = MPI_COMM_NULL;
  int size_ = 0;
};

int own_rank() {
  int rank = 0;
  mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  return rank;
}

using Memories = std::map<int, SharedMemory>;  // by rank

// One rank's try. What the system refuses is told to people once the ranks have compared.
class Sharing {
 public:
  Sharing(int rank, std::size_t bytes) : rank_(rank) {
    attempt([&] { mine_.emplace(SharedMemory::create(bytes)); });
  }

  Invitation invitation() const {
    if (!mine_) return {.rank = rank_};
    return {.rank = rank_, .has_memory = 1, .address = mine_->address()};
  }
  void open(const std::vector<Invitation>& invitations) {
    attempt([&] {
      for (const Invitation& each : invitations)
        if (each.rank != rank_ && each.has_memory != 0)
          others_.emplace(static_cast<int>(each.rank), SharedMemory::open(each.address));
    });
  }
  // Empty if all went well.
  const std::string& failure() const { return failure_; }
  // REQUIRES: all went well, on every rank.
  std::unique_ptr<SharedWindow> window();

 private:
  template <class Attempt>
  void attempt(const Attempt& attempt) try {
    attempt();
  } catch (const Error& error) {
    failure_ = error.what();
  }

  int rank_;
  std::optional<SharedMemory> mine_;
  Memories others_;
  std::string failure_;
};

std::span<float> floats_of(const SharedMemory& memory) {
  return {reinterpret_cast<float*>(memory.data()), memory.bytes() / sizeof(float)};
}

class MachineWindow : public SharedWindow {
 public:
  MachineWindow(SharedMemory mine, Memories others)
      : mine_(std::move(mine)), others_(std::move(others)) {}

  std::span<float> mine() override { return floats_of(mine_); }
  std::optional<std::span<const float>> of(int rank) const override {
    const auto found = others_.find(rank);
    if (found == others_.end()) return std::nullopt;
    return floats_of(found->second);
  }

 private:
  SharedMemory mine_;
  Memories others_;
};

std::unique_ptr<SharedWindow> Sharing::window() {
  mine_->close();
  return std::make_unique<MachineWindow>(std::move(*mine_), std::move(others_));
}

}  // namespace

std::unique_ptr<SharedWindow> make_mpi_window(std::size_t count) {
  const Neighbours neighbours;
  if (neighbours.size() == 1) return make_private_window(count);
  constexpr int kNobody = std::numeric_limits<int>::max();
  const int rank = own_rank();
  Sharing sharing(rank, count * sizeof(float));
  sharing.open(neighbours.gather(sharing.invitation()));
  const int failed = neighbours.first_of(sharing.failure().empty() ? kNobody : rank);
  if (failed == kNobody) return sharing.window();
  if (failed == rank)
    log_warning(
        sentence("{0}; the ranks of this machine send each other their gradients instead, which "
                 "takes longer",
                 {sharing.failure()}));
  return make_private_window(count);
}

}  // namespace lockstep
