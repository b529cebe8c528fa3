// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_world.h"

#include <cstdlib>
#include <exception>
#include <numeric>

#include "comm/mpi_check.h"

namespace lockstep {
namespace {

class MpiWorld : public World {
 public:
  MpiWorld() {
    int provided = 0;
    mpi_check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided),
              "MPI_Init_thread");
    // MPI's default handler ends the process, and mpi_check would never be reached.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (provided < MPI_THREAD_SERIALIZED)
      throw Error(ErrorKind::communication,
                  "this MPI offers too little threading: MPI_THREAD_SERIALIZED is needed");
    mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
    MPI_Comm machine = MPI_COMM_NULL;
    mpi_check(
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine),
        "MPI_Comm_split_type");
    MPI_Comm_rank(machine, &local_rank_);
    MPI_Comm_size(machine, &local_size_);
    MPI_Comm_free(&machine);
  }

  ~MpiWorld() override {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (finalized == 0) MPI_Finalize();
  }

  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }

  std::vector<std::string> gather_all(const std::string& text,
                                      std::chrono::seconds timeout) override {
    const std::vector<int> lengths = gather_lengths(static_cast<int>(text.size()), timeout);
    const std::vector<int> starts = starts_of(lengths);
    std::string joined(static_cast<std::size_t>(starts.back() + lengths.back()), '\0');
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(MPI_Iallgatherv(text.data(), static_cast<int>(text.size()), MPI_CHAR, joined.data(),
                              lengths.data(), starts.data(), MPI_CHAR, MPI_COMM_WORLD, &request),
              "MPI_Iallgatherv");
    mpi_wait(request, timeout, "gathering the texts of all ranks");
    std::vector<std::string> texts;
    for (std::size_t rank = 0; rank < lengths.size(); ++rank)
      texts.push_back(joined.substr(static_cast<std::size_t>(starts[rank]),
                                    static_cast<std::size_t>(lengths[rank])));
    return texts;
  }

  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override {
    const std::vector<int> lengths = gather_lengths(static_cast<int>(numbers.size()), kPeerTimeout);
    const std::vector<int> starts = starts_of(lengths);
    std::vector<double> joined(static_cast<std::size_t>(starts.back() + lengths.back()));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(
        MPI_Iallgatherv(numbers.data(), static_cast<int>(numbers.size()), MPI_DOUBLE, joined.data(),
                        lengths.data(), starts.data(), MPI_DOUBLE, MPI_COMM_WORLD, &request),
        "MPI_Iallgatherv");
    mpi_wait(request, kPeerTimeout, "gathering the numbers of all ranks");
    std::vector<std::vector<double>> parts;
    for (std::size_t rank = 0; rank < lengths.size(); ++rank)
      parts.emplace_back(joined.begin() + starts[rank],
                         joined.begin() + starts[rank] + lengths[rank]);
    return parts;
  }

  [[noreturn]] void abort(ExitCode exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(exit_code));
    std::_Exit(static_cast<int>(exit_code));
  }

 private:
  std::vector<int> gather_lengths(int mine, std::chrono::seconds timeout) const {
    std::vector<int> lengths(static_cast<std::size_t>(size_));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(
        MPI_Iallgather(&mine, 1, MPI_INT, lengths.data(), 1, MPI_INT, MPI_COMM_WORLD, &request),
        "MPI_Iallgather");
    mpi_wait(request, timeout, "waiting for all ranks");
    return lengths;
  }

  static std::vector<int> starts_of(const std::vector<int>& lengths) {
    std::vector<int> starts(lengths.size());
    std::exclusive_scan(lengths.begin(), lengths.end(), starts.begin(), 0);
    return starts;
  }

  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  int local_size_ = 1;
};

}  // namespace

std::unique_ptr<World> make_mpi_world() { return std::make_unique<MpiWorld>(); }

bool started_by_mpi_launcher() {
  // OpenMPI's mpirun, then PMIx (srun --mpi=pmix), then PMI-2 (other launchers).
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"}) {
    if (std::getenv(variable) != nullptr) return true;
  }
  return false;
}

}  // namespace lockstep
