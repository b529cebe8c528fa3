// SPDX-License-Identifier: Apache-2.0
#include "train/stop_request.h"

#include <csignal>
#include <initializer_list>

namespace lockstep {
namespace {

volatile std::sig_atomic_t stop_signals = 0;

extern "C" void remember_stop(int signal_number) {
  if (stop_signals > 0 && signal_number == SIGINT) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
  stop_signals = 1;
}

}  // namespace

void listen_for_stop_requests() {
  for (const int signal_number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2})
    std::signal(signal_number, remember_stop);
}

bool stop_requested() { return stop_signals != 0; }

}  // namespace lockstep
