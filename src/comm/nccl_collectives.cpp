// SPDX-License-Identifier: Apache-2.0
// NCCL moves bytes between GPUs, in groups of sends and receives. It is never asked for a sum: the
// order of its additions depends on the number of ranks and on how they are connected.
#include <nccl.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "base/sentence.h"
#include "comm/activity.h"
#include "comm/all_or_none.h"
#include "comm/stream_collectives.h"
#include "comm/watchdog.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
// For connecting GPUs, also over a slow network. Ranks that are gone are found out otherwise.
constexpr std::chrono::seconds kConnectTimeout{120};
constexpr std::chrono::seconds kFarewellTimeout{5};
constexpr std::chrono::seconds kForEver = std::chrono::hours(24 * 365);
constexpr std::chrono::microseconds kNap{20};
// Multiprocessors that transfers may take from the matrix products beside them.
constexpr int kMostBlocks = 16;

// The id by which the ranks find each other, as bytes in a text.
std::string new_id() {
  ncclUniqueId id;
  const ncclResult_t result = ncclGetUniqueId(&id);
  if (result != ncclSuccess)
    throw Error(ErrorKind::communication,
                sentence("preparing NCCL: {0}: {1}",
                         {ncclGetErrorString(result), ncclGetLastError(nullptr)}));
  return {id.internal, sizeof(id.internal)};
}

std::string connecting() { return sentence("connecting the GPUs"); }
std::string exchanging() { return sentence("exchanging numbers between GPUs"); }

// The host never waits inside NCCL (blocking = 0): it asks, so that it can give up.
class NcclCollectives : public StreamCollectives {
 public:
  NcclCollectives(int rank, int size, const std::string& id_text) {
    ncclUniqueId id;
    std::memcpy(id.internal, id_text.data(), sizeof(id.internal));
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    config.maxCTAs = kMostBlocks;
    settle(ncclCommInitRankConfig(&comm_, size, id, rank, &config), connecting, kConnectTimeout);
  }
  ~NcclCollectives() override {
    if (comm_ == nullptr) return;
    ncclResult_t result = ncclCommFinalize(comm_);
    if (result == ncclInProgress) result = state_within(kFarewellTimeout);
    if (result == ncclSuccess)
      ncclCommDestroy(comm_);
    else
      abandon();
  }
  NcclCollectives(const NcclCollectives&) = delete;
  NcclCollectives& operator=(const NcclCollectives&) = delete;

  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st* stream) override {
    // It is in progress until it is in the stream, which may be full of what waits for others.
    const WaitingForRanks waiting;
    const std::chrono::seconds timeout = ranks_are_watched() ? kForEver : kPeerTimeout;
    settle(ncclGroupStart(), exchanging, timeout);
    ncclResult_t result = ncclSuccess;
    const auto is_well = [&] { return result == ncclSuccess || result == ncclInProgress; };
    for (const Outgoing& each : outgoing)
      if (!each.values.empty() && is_well())
        result =
            ncclSend(each.values.data(), each.values.size(), ncclFloat, each.peer, comm_, stream);
    for (const Incoming& each : incoming)
      if (!each.values.empty() && is_well())
        result =
            ncclRecv(each.values.data(), each.values.size(), ncclFloat, each.peer, comm_, stream);
    // An open group would keep back the end of the communicator too.
    const ncclResult_t ended = ncclGroupEnd();
    settle(is_well() ? ended : result, exchanging, timeout);
  }

  void check() override {
    if (const ncclResult_t state = state_now(); state != ncclSuccess && state != ncclInProgress)
      fail(state, exchanging);
  }

  // Kernels that wait for a rank that is gone would wait for ever.
  void abandon() override {
    if (comm_ != nullptr) ncclCommAbort(comm_);
    comm_ = nullptr;
  }

 private:
  using Purpose = std::string (*)();  // as a sentence, made only where it is said

  ncclResult_t state_now() const {
    ncclResult_t state = ncclSuccess;
    const ncclResult_t asked = ncclCommGetAsyncError(comm_, &state);
    return asked == ncclSuccess ? state : asked;
  }

  // Of what was started: success, failure, or still in progress when the time is over.
  ncclResult_t state_within(std::chrono::seconds timeout) const {
    const Clock::time_point end = Clock::now() + timeout;
    ncclResult_t state = state_now();
    while (state == ncclInProgress && Clock::now() < end) {
      std::this_thread::sleep_for(kNap);
      state = state_now();
    }
    return state;
  }

  void settle(ncclResult_t result, Purpose what, std::chrono::seconds timeout) {
    if (result == ncclInProgress) result = state_within(timeout);
    if (result == ncclInProgress) {
      abandon();
      throw Error(ErrorKind::communication,
                  sentence("{0} with NCCL: nothing came of it in {1} s; a rank is gone, or its "
                           "network is not reached",
                           {what(), timeout.count()}));
    }
    if (result != ncclSuccess) fail(result, what);
  }

  [[noreturn]] void fail(ncclResult_t result, Purpose what) {
    const std::string details = ncclGetLastError(comm_);
    abandon();
    const bool is_usage = result == ncclInvalidUsage;  // above all: one GPU for several ranks
    const bool lacks_memory = details.find("out of memory") != std::string::npos;
    const std::string found =
        sentence("{0} with NCCL: {1}: {2}", {what(), ncclGetErrorString(result), details});
    if (lacks_memory)
      throw Error(ErrorKind::usage,
                  sentence("{0}; give a smaller --batch-size, more --lanes, or a smaller --model",
                           {found}));
    if (is_usage)
      throw Error(ErrorKind::usage,
                  sentence("{0}; where ranks share a GPU, use --comm mpi", {found}));
    throw Error(ErrorKind::communication, found);
  }

  ncclComm_t comm_ = nullptr;  // null: abandoned
};

}  // namespace

std::unique_ptr<StreamCollectives> make_gpu_collectives(World& world) {
  const std::string id = ask_rank_zero(world, new_id);
  std::unique_ptr<StreamCollectives> collectives;
  all_or_none(world, [&] {
    collectives = std::make_unique<NcclCollectives>(world.rank(), world.size(), id);
  });
  return collectives;
}

}  // namespace lockstep
