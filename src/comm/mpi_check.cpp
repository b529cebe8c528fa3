// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi_check.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "base/sentence.h"
#include "comm/activity.h"
#include "comm/watchdog.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
// Answers of ranks in step arrive within microseconds; sleeping sooner would only add latency.
constexpr std::chrono::milliseconds kSpin{2};
constexpr std::chrono::milliseconds kLongestNap{2};

[[noreturn]] void fail(int code, const std::string& what) {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  const std::string_view found(text.data(), static_cast<std::size_t>(length));
  throw Error(ErrorKind::communication, sentence("{0} failed: {1}", {what, found}));
}

}  // namespace

void mpi_check(int code, const std::string& call) {
  if (code != MPI_SUCCESS) fail(code, call);
}

void mpi_wait_until(const std::function<bool()>& is_done, std::chrono::seconds timeout,
                    Purpose purpose) {
  if (is_done()) return;
  const WaitingForRanks waiting;
  const Clock::time_point start = Clock::now();
  std::chrono::microseconds nap{20};
  while (!is_done()) {
    const auto waited = Clock::now() - start;
    if (waited > timeout && !ranks_are_watched())
      throw Error(
          ErrorKind::communication,
          sentence("{0}: the other ranks did not answer within {1} s; one of them is gone or stuck",
                   {purpose(), timeout.count()}));
    if (waited < kSpin) continue;
    std::this_thread::sleep_for(nap);
    nap = std::min<std::chrono::microseconds>(nap * 2, kLongestNap);
  }
}

void mpi_wait(MPI_Request& request, std::chrono::seconds timeout, Purpose purpose) {
  const auto is_done = [&] {
    int done = 0;
    const int code = MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) fail(code, purpose());
    return done != 0;
  };
  mpi_wait_until(is_done, timeout, purpose);
}

void mpi_await_all(std::chrono::seconds timeout, Purpose purpose) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(MPI_COMM_WORLD, &request), "MPI_Ibarrier");
  mpi_wait(request, timeout, purpose);
}

}  // namespace lockstep
