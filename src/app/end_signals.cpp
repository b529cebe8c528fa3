// SPDX-License-Identifier: Apache-2.0
#include "app/end_signals.h"

#include <csignal>
#include <ctime>

namespace lockstep {
namespace {

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

EndSignals::EndSignals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool EndSignals::wait_for(std::chrono::milliseconds limit) const {
  const sigset_t signals = end_signals();
  const timespec time{.tv_sec = limit.count() / 1000,
                      .tv_nsec = (limit.count() % 1000) * 1'000'000};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

}  // namespace lockstep
