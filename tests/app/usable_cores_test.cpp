// SPDX-License-Identifier: Apache-2.0
#include "app/usable_cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace lockstep::test {
namespace {

void bind_this_thread_to_one_core() {
  const int core = ::sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  EXPECT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
}

TEST(UsableCores, AreThoseItIsBoundTo) {
  EXPECT_GE(usable_cores_of_this_process(), 1);
  std::thread([] {
    bind_this_thread_to_one_core();
    EXPECT_EQ(usable_cores_of_this_process(), 1);
  }).join();
}

}  // namespace
}  // namespace lockstep::test
