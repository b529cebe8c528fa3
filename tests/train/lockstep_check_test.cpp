// SPDX-License-Identifier: Apache-2.0
#include "train/lockstep_check.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

FlatLayout layout() { return FlatLayout({{"a.weight", {100, 300}}, {"b.weight", {50, 400}}}); }

Parameters filled() {
  Parameters parameters(layout());
  parameters.values().copy_(at::arange(50'000, at::kFloat).mul_(0.01).sin_());
  return parameters;
}

void flip_a_bit(at::Tensor& values, std::int64_t element) {
  std::uint32_t bits = 0;
  float* const number = values.data_ptr<float>() + element;
  std::memcpy(&bits, number, sizeof(bits));
  bits ^= 1U;  // the smallest change there is
  std::memcpy(number, &bits, sizeof(bits));
}

// What every rank throws when the ranks `changed` have a bit flipped at `element`.
std::string message(int size, const std::vector<int>& changed, std::int64_t element) {
  std::vector<std::string> messages(static_cast<std::size_t>(size));
  test::run_ranks(size, [&](test::ThreadWorld& world) {
    Parameters parameters = filled();
    if (std::ranges::find(changed, world.rank()) != changed.end())
      flip_a_bit(parameters.values(), element);
    try {
      check_lockstep(world, parameters, /*step=*/12);
    } catch (const SharedError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::out_of_step);
      messages[static_cast<std::size_t>(world.rank())] = error.what();
    }
  });
  EXPECT_EQ(messages, std::vector<std::string>(static_cast<std::size_t>(size), messages.front()));
  return messages.front();
}

TEST(CheckLockstep, SaysNothingWhereAllRanksHoldTheSame) {
  for (const int size : {1, 2, 4}) EXPECT_EQ(message(size, {}, 0), "");
}

TEST(CheckLockstep, FindsOneBitAndNamesRankTensorAndElement) {
  const std::string found = message(4, {2}, 41'234);
  EXPECT_THAT(found,
              HasSubstr("after step 12: rank 2 is out of step: b.weight, element 11234, is "));
  EXPECT_THAT(found, HasSubstr(" on most ranks"));
}

TEST(CheckLockstep, FindsTheFirstAndTheLastElement) {
  EXPECT_THAT(message(3, {1}, 0), HasSubstr("rank 1 is out of step: a.weight, element 0,"));
  EXPECT_THAT(message(3, {0}, 49'999),
              HasSubstr("rank 0 is out of step: b.weight, element 19999,"));
}

TEST(CheckLockstep, NamesSeveralRanks) {
  EXPECT_THAT(message(5, {1, 3}, 7), HasSubstr("ranks 1, 3 are out of step: a.weight"));
}

// Of two that differ nobody knows which is right.
TEST(CheckLockstep, OfTwoRanksTheSecondIsNamedAsDifferent) {
  const std::string found = message(2, {0}, 7);
  EXPECT_THAT(found, HasSubstr("rank 1 is out of step"));
  EXPECT_THAT(found, HasSubstr(" on the others"));
}

// A bit that flips in the memory of one rank while it trains.
TEST(CheckLockstep, EndsARunInWhichABitFlips) {
  const test::TempDirectory temp;
  RunConfig config = test::tiny_config(temp.path());
  config.train.check_lockstep = 1;
  try {
    test::run_ranks(3, [&](test::ThreadWorld& world) {
      test::ThreadCollectives collectives(world);
      // Rank 1 owns the middle; the end belongs to rank 2.
      test::run_tiny(world, collectives, config, std::nullopt, [&](Gpt& model, std::int64_t step) {
        if (world.rank() == 1 && step == 4)
          flip_a_bit(model.parameters().values(), model.parameters().layout().elements() - 1);
      });
    });
    FAIL() << "did not throw";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::out_of_step);
    EXPECT_THAT(error.what(),
                HasSubstr("after step 4: rank 1 is out of step: transformer.ln_f.bias"));
  }
}

}  // namespace
}  // namespace lockstep
