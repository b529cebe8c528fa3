// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_world.h"

#include <cstdlib>
#include <exception>
#include <numeric>

#include "base/sentence.h"
#include "comm/mpi_check.h"
#include "comm/mpi_meeting.h"

namespace lockstep {
namespace {

std::vector<int> starts_of(const std::vector<int>& lengths) {
  std::vector<int> starts(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), starts.begin(), 0);
  return starts;
}

std::vector<std::string> split(const std::string& joined, const std::vector<int>& lengths) {
  const std::vector<int> starts = starts_of(lengths);
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < lengths.size(); ++rank)
    texts.push_back(joined.substr(static_cast<std::size_t>(starts[rank]),
                                  static_cast<std::size_t>(lengths[rank])));
  return texts;
}

std::size_t sum_of(const std::vector<int>& lengths) {
  return static_cast<std::size_t>(std::accumulate(lengths.begin(), lengths.end(), 0));
}

// First the lengths travel, then the texts.
class MpiPendingTexts : public PendingTexts {
 public:
  MpiPendingTexts(MPI_Comm comm, int size, const std::string& text)
      : comm_(comm), exchange_(std::make_unique<Exchange>()) {
    exchange_->text = text;
    exchange_->length = static_cast<int>(text.size());
    exchange_->lengths.resize(static_cast<std::size_t>(size));
    mpi_check(MPI_Iallgather(&exchange_->length, 1, MPI_INT, exchange_->lengths.data(), 1, MPI_INT,
                             comm_, &exchange_->request),
              "MPI_Iallgather");
  }

  ~MpiPendingTexts() override {
    // MPI cannot take a collective back, and may still write: its buffers stay for good.
    if (exchange_->request != MPI_REQUEST_NULL) static_cast<void>(exchange_.release());
  }
  MpiPendingTexts(const MpiPendingTexts&) = delete;
  MpiPendingTexts& operator=(const MpiPendingTexts&) = delete;

  std::optional<std::vector<std::string>> poll() override {
    if (!arrived()) return std::nullopt;
    if (!texts_started_) {
      start_texts();
      if (!arrived()) return std::nullopt;
    }
    return split(exchange_->joined, exchange_->lengths);
  }

 private:
  struct Exchange {
    MPI_Request request = MPI_REQUEST_NULL;
    std::string text;
    int length = 0;
    std::vector<int> lengths;
    std::vector<int> starts;
    std::string joined;
  };

  bool arrived() {
    int done = 0;
    mpi_check(MPI_Test(&exchange_->request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    return done != 0;
  }

  void start_texts() {
    texts_started_ = true;
    Exchange& all = *exchange_;
    all.starts = starts_of(all.lengths);
    all.joined.resize(sum_of(all.lengths));
    mpi_check(MPI_Iallgatherv(all.text.data(), all.length, MPI_CHAR, all.joined.data(),
                              all.lengths.data(), all.starts.data(), MPI_CHAR, comm_, &all.request),
              "MPI_Iallgatherv");
  }

  MPI_Comm comm_;
  std::unique_ptr<Exchange> exchange_;
  bool texts_started_ = false;
};

class MpiWorld : public World {
 public:
  MpiWorld() {
    int provided = 0;
    mpi_check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided),
              "MPI_Init_thread");
    // MPI's default handler ends the process, and mpi_check would never be reached.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (provided < MPI_THREAD_SERIALIZED)
      throw Error(
          ErrorKind::communication,
          sentence("this MPI offers too little threading: MPI_THREAD_SERIALIZED is needed"));
    mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
    mpi_meet();  // what follows has no deadline
    MPI_Comm machine = MPI_COMM_NULL;
    mpi_check(
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine),
        "MPI_Comm_split_type");
    MPI_Comm_rank(machine, &local_rank_);
    local_leader_ = rank_;
    mpi_check(MPI_Bcast(&local_leader_, 1, MPI_INT, 0, machine), "MPI_Bcast");
    MPI_Comm_free(&machine);
    // Exchanges in the background must not meet those in the foreground.
    mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &background_), "MPI_Comm_dup");
  }

  ~MpiWorld() override {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (finalized != 0) return;
    MPI_Comm_free(&background_);
    MPI_Finalize();
  }

  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_leader() const override { return local_leader_; }

  std::vector<std::string> gather_all(const std::string& text,
                                      std::chrono::seconds timeout) override {
    const std::vector<int> lengths = gather_lengths(static_cast<int>(text.size()), timeout);
    const std::vector<int> starts = starts_of(lengths);
    std::string joined(sum_of(lengths), '\0');
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(MPI_Iallgatherv(text.data(), static_cast<int>(text.size()), MPI_CHAR, joined.data(),
                              lengths.data(), starts.data(), MPI_CHAR, MPI_COMM_WORLD, &request),
              "MPI_Iallgatherv");
    mpi_wait(request, timeout, [] { return sentence("gathering the texts of all ranks"); });
    return split(joined, lengths);
  }

  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override {
    const std::vector<int> lengths = gather_lengths(static_cast<int>(numbers.size()), kPeerTimeout);
    const std::vector<int> starts = starts_of(lengths);
    std::vector<double> joined(sum_of(lengths));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_check(
        MPI_Iallgatherv(numbers.data(), static_cast<int>(numbers.size()), MPI_DOUBLE, joined.data(),
                        lengths.data(), starts.data(), MPI_DOUBLE, MPI_COMM_WORLD, &request),
        "MPI_Iallgatherv");
    mpi_wait(request, kPeerTimeout, [] { return sentence("gathering the numbers of all ranks"); });
    std::vector<std::vector<double>> parts;
    for (std::size_t rank = 0; rank < lengths.size(); ++rank)
      parts.emplace_back(joined.begin() + starts[rank],
                         joined.begin() + starts[rank] + lengths[rank]);
    return parts;
  }

  std::unique_ptr<PendingTexts> start_gather(const std::string& text) override {
    return std::make_unique<MpiPendingTexts>(background_, size_, text);
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
    mpi_wait(request, timeout, [] { return sentence("waiting for all ranks"); });
    return lengths;
  }

  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  int local_leader_ = 0;
  MPI_Comm background_ = MPI_COMM_NULL;
};

}  // namespace

std::unique_ptr<World> make_mpi_world() { return std::make_unique<MpiWorld>(); }

}  // namespace lockstep
