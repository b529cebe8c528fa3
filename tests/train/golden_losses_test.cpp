// SPDX-License-Identifier: Apache-2.0
// Twenty steps of the tiny model whose losses are kept in a file: a change that is not meant to
// change numbers must not change them. To write the file anew:
//   LOCKSTEP_WRITE_GOLDEN=1 build/dev/bin/train_test --gtest_filter='GoldenLosses.*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>

#include "support/temp_directory.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

constexpr const char* kFile = LOCKSTEP_SOURCE_DIR "/tests/golden/tiny_losses.txt";

std::vector<double> losses_of_twenty_steps() {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.batch_size = 8;
  config.train.max_steps = 20;
  return test::run_tiny(config).losses;
}

void write_golden(const std::vector<double>& losses) {
  std::ofstream file(kFile);
  file << std::setprecision(10);
  for (const double loss : losses) file << loss << "\n";
}

std::vector<double> golden() {
  std::ifstream file(kFile);
  std::vector<double> losses;
  for (double loss = 0.0; file >> loss;) losses.push_back(loss);
  return losses;
}

TEST(GoldenLosses, AreThoseOfTheFile) {
  const std::vector<double> losses = losses_of_twenty_steps();
  if (std::getenv("LOCKSTEP_WRITE_GOLDEN") != nullptr) write_golden(losses);
  const std::vector<double> expected = golden();
  ASSERT_EQ(losses.size(), 20U);
  ASSERT_EQ(expected.size(), 20U);
  // Types of processors round differently.
  for (std::size_t step = 0; step < 20; ++step)
    EXPECT_NEAR(losses[step] / expected[step], 1.0, 1e-4) << "step " << step;
}

TEST(GoldenLosses, AreTheSameBitsInASecondRun) {
  EXPECT_EQ(losses_of_twenty_steps(), losses_of_twenty_steps());
}

}  // namespace
}  // namespace lockstep
