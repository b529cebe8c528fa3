// SPDX-License-Identifier: Apache-2.0
// The main() of every rank test: rank 0 reports, the others speak only of failures, and one failing
// rank fails all.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "comm/mpi_world.h"
#include "ranks/rank_world.h"

namespace lockstep::test {
namespace {

std::unique_ptr<World> the_world;

class PrintFailuresOnly : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& test) override {
    test_name_ = std::string(test.test_suite_name()) + "." + test.name();
  }
  // Asking UnitTest anything here would wait for ever: it calls this under its own lock.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << the_world->rank() << ": " << test_name_ << ": " << result.file_name()
              << ":" << result.line_number() << ": " << result.message() << std::endl;
  }

 private:
  std::string test_name_;
};

void let_one_rank_report() {
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (the_world->rank() != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new PrintFailuresOnly);
}

bool failed_on_any_rank(bool failed_here) {
  const auto failures = the_world->gather_all(std::vector<double>{failed_here ? 1.0 : 0.0});
  return std::ranges::any_of(failures, [](const auto& failed) { return failed.front() != 0.0; });
}

}  // namespace

World& rank_world() { return *the_world; }

}  // namespace lockstep::test

int main(int argc, char** argv) {
  using namespace lockstep::test;
  testing::InitGoogleTest(&argc, argv);
  // An exception leaves this rank out of step for good; ending the process ends the others too.
  testing::FLAGS_gtest_catch_exceptions = false;
  the_world = lockstep::make_mpi_world();
  let_one_rank_report();
  const bool failed_here = RUN_ALL_TESTS() != 0;
  const bool failed = failed_on_any_rank(failed_here);
  the_world.reset();
  return failed ? 1 : 0;
}
