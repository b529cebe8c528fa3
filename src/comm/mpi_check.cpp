// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_check.h"

#include <algorithm>
#include <array>
#include <thread>

#include "base/error.h"
#include "comm/activity.h"
#include "comm/watchdog.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
// Answers of ranks in step arrive within microseconds; sleeping sooner would only add latency.
constexpr std::chrono::milliseconds kSpin{2};
constexpr std::chrono::milliseconds kLongestNap{2};

}  // namespace

void mpi_check(int code, const std::string& call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(ErrorKind::communication,
              call + " failed: " + std::string(text.data(), static_cast<std::size_t>(length)));
}

void mpi_wait_until(const std::function<bool()>& is_done, std::chrono::seconds timeout,
                    const std::string& call) {
  if (is_done()) return;
  const WaitingForRanks waiting;
  const Clock::time_point start = Clock::now();
  std::chrono::microseconds nap{20};
  while (!is_done()) {
    const auto waited = Clock::now() - start;
    if (waited > timeout && !ranks_are_watched())
      throw Error(ErrorKind::communication, call + ": the other ranks did not answer within " +
                                                std::to_string(timeout.count()) +
                                                " s; one of them is gone or stuck");
    if (waited < kSpin) continue;
    std::this_thread::sleep_for(nap);
    nap = std::min<std::chrono::microseconds>(nap * 2, kLongestNap);
  }
}

void mpi_wait(MPI_Request& request, std::chrono::seconds timeout, const std::string& call) {
  const auto is_done = [&] {
    int done = 0;
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), call);
    return done != 0;
  };
  mpi_wait_until(is_done, timeout, call);
}

void mpi_await_all(std::chrono::seconds timeout, const std::string& purpose) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(MPI_COMM_WORLD, &request), "MPI_Ibarrier");
  mpi_wait(request, timeout, purpose);
}

}  // namespace lockstep
