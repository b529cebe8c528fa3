// SPDX-License-Identifier: Apache-2.0
// Two ranks of which the second never comes to where the first waits for it, in a program that ends
// as the trainer does; absent_rank_test.py starts it.
#include <chrono>
#include <thread>

#include "app/program.h"

namespace {

// Far longer than the other waits, and not for ever: nothing stays behind if the test fails.
constexpr std::chrono::minutes kAbsent{2};
constexpr std::chrono::seconds kPatience{2};

}  // namespace

int main() {
  return lockstep::run_program([](lockstep::World& world) {
    if (world.rank() == 0)
      world.gather_all("here", kPatience);
    else
      std::this_thread::sleep_for(kAbsent);
    return lockstep::ExitCode::success;
  });
}
