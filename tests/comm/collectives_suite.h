// SPDX-License-Identifier: Apache-2.0
// What every kind of Collectives promises, as one suite that each kind runs: include this in
// one file of a test program and instantiate CollectivesSuite with the settings of its kinds.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

#include "base/digest.h"
#include "comm/collectives.h"

namespace lockstep::test {

using CollectiveBody = std::function<void(World&, Collectives&)>;

// A world to run the suite in.
struct CollectivesSetting {
  std::string name;
  std::function<void(const CollectiveBody&)> run;  // on every rank
  friend std::ostream& operator<<(std::ostream& out, const CollectivesSetting& setting) {
    return out << setting.name;
  }
};

class CollectivesSuite : public testing::TestWithParam<CollectivesSetting> {};

inline std::string name_of_setting(const testing::TestParamInfo<CollectivesSetting>& setting) {
  return setting.param.name;
}

// Numbers with fractions that no float holds exactly, others on every rank.
inline at::Tensor uneven_numbers(std::int64_t count, int rank) {
  return at::arange(count, at::kFloat).mul(0.1F + static_cast<float>(rank)).sin();
}

inline std::string bits_of(const at::Tensor& tensor) {
  return digest_of(
      std::as_bytes(std::span(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes())));
}

inline void expect_equal_on_all_ranks(World& world, const at::Tensor& tensor) {
  const std::string mine = bits_of(tensor);
  for (const std::string& other : world.gather_all(mine)) EXPECT_EQ(other, mine);
}

inline void expect_sums_to_one_plus_ranks(World& world, Collectives& collectives,
                                          std::int64_t count) {
  at::Tensor tensor = at::full({count}, 1.0 + world.rank(), at::kFloat);
  collectives.sum(tensor);
  const double expected = world.size() * (world.size() + 1) / 2.0;
  EXPECT_TRUE(at::equal(tensor, at::full({count}, expected, at::kFloat))) << count << " elements";
}

TEST_P(CollectivesSuite, SumAddsTheTensorsOfAllRanks) {
  GetParam().run([](World& world, Collectives& collectives) {
    expect_sums_to_one_plus_ranks(world, collectives, 1);
    expect_sums_to_one_plus_ranks(world, collectives, 7);
  });
}

TEST_P(CollectivesSuite, SumAddsEveryElementToItsOwn) {
  GetParam().run([](World& world, Collectives& collectives) {
    at::Tensor tensor = at::arange(1000, at::kFloat).view({10, 100});
    collectives.sum(tensor);
    EXPECT_TRUE(at::equal(tensor, at::arange(1000, at::kFloat).view({10, 100}) * world.size()));
  });
}

TEST_P(CollectivesSuite, SumAddsNegativeNumbersAndFractions) {
  GetParam().run([](World& world, Collectives& collectives) {
    at::Tensor tensor = at::full({3}, world.rank() == 0 ? -0.5 : 0.25, at::kFloat);
    collectives.sum(tensor);
    EXPECT_EQ(tensor[0].item<float>(), -0.5F + 0.25F * static_cast<float>(world.size() - 1));
  });
}

TEST_P(CollectivesSuite, SumTakesTensorsOfSeveralMegabytes) {
  GetParam().run([](World& world, Collectives& collectives) {
    expect_sums_to_one_plus_ranks(world, collectives, 1'000'003);
  });
}

TEST_P(CollectivesSuite, SumTakesTensorsBiggerThanAnyPiece) {
  GetParam().run([](World& world, Collectives& collectives) {
    expect_sums_to_one_plus_ranks(world, collectives, (16 << 20) + 5);
  });
}

TEST_P(CollectivesSuite, SumOfNothingIsNothing) {
  GetParam().run([](World&, Collectives& collectives) {
    at::Tensor tensor = at::empty({0}, at::kFloat);
    collectives.sum(tensor);
    EXPECT_EQ(tensor.numel(), 0);
  });
}

TEST_P(CollectivesSuite, SumGivesEveryRankTheSameBits) {
  GetParam().run([](World& world, Collectives& collectives) {
    for (const std::int64_t count : {1, 10, 1000, 400'000}) {
      at::Tensor tensor = uneven_numbers(count, world.rank());
      collectives.sum(tensor);
      expect_equal_on_all_ranks(world, tensor);
    }
  });
}

TEST_P(CollectivesSuite, SumGivesTheSameBitsEachTime) {
  GetParam().run([](World& world, Collectives& collectives) {
    at::Tensor first = uneven_numbers(400'000, world.rank());
    collectives.sum(first);
    for (int again = 0; again < 3; ++again) {
      at::Tensor tensor = uneven_numbers(400'000, world.rank());
      collectives.sum(tensor);
      EXPECT_EQ(bits_of(tensor), bits_of(first));
    }
  });
}

TEST_P(CollectivesSuite, SumWorksInsideABiggerTensorAndTouchesNothingElse) {
  GetParam().run([](World& world, Collectives& collectives) {
    const at::Tensor whole = at::ones({30}, at::kFloat);
    at::Tensor middle = whole.narrow(0, 10, 10);
    collectives.sum(middle);
    EXPECT_EQ(whole.sum().item<float>(), 20.0F + 10.0F * static_cast<float>(world.size()));
  });
}

TEST_P(CollectivesSuite, BroadcastGivesEveryRankTheTensorOfTheRoot) {
  GetParam().run([](World& world, Collectives& collectives) {
    for (int root = 0; root < world.size(); ++root) {
      at::Tensor tensor = uneven_numbers(1000, world.rank());
      collectives.broadcast(tensor, root);
      EXPECT_TRUE(at::equal(tensor, uneven_numbers(1000, root))) << "root " << root;
    }
  });
}

TEST_P(CollectivesSuite, BroadcastTakesTensorsOfEveryType) {
  GetParam().run([](World& world, Collectives& collectives) {
    at::Tensor tensor = at::full({5}, (std::int64_t{1} << 40) + world.rank(), at::kLong);
    collectives.broadcast(tensor, world.size() - 1);
    EXPECT_EQ(tensor[4].item<std::int64_t>(), (std::int64_t{1} << 40) + world.size() - 1);
  });
}

TEST_P(CollectivesSuite, BroadcastTakesTensorsBiggerThanAnyPiece) {
  GetParam().run([](World& world, Collectives& collectives) {
    const std::int64_t count = (16 << 20) + 5;
    at::Tensor tensor = at::full({count}, 1.0 + world.rank(), at::kFloat);
    collectives.broadcast(tensor, world.size() - 1);
    EXPECT_TRUE(at::equal(tensor, at::full({count}, world.size(), at::kFloat)));
  });
}

TEST_P(CollectivesSuite, BroadcastOfNothingIsNothing) {
  GetParam().run([](World&, Collectives& collectives) {
    at::Tensor tensor = at::empty({0}, at::kFloat);
    collectives.broadcast(tensor, 0);
    EXPECT_EQ(tensor.numel(), 0);
  });
}

}  // namespace lockstep::test
