// SPDX-License-Identifier: Apache-2.0
#include "model/ops/dropout.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace lockstep::test {
namespace {

constexpr Dropout kTenth{.probability = 0.1, .key = 0x0123456789abcdefULL, .site = 3};

std::vector<float> factors(const Dropout& dropout, std::uint32_t row, std::int64_t first,
                           std::int64_t groups) {
  std::vector<float> found(static_cast<std::size_t>(groups * kDropoutGroup));
  dropout_factors(dropout, row, first, groups, found.data());
  return found;
}

double part_dropped(const std::vector<float>& factors) {
  return static_cast<double>(std::ranges::count(factors, 0.0F)) /
         static_cast<double>(factors.size());
}

// One generator at a time, as the paper writes it.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 7; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ k0, static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ k1,
               static_cast<std::uint32_t>(a)};
  }
  return counter;
}

// kat_vectors of Random123 1.14, by its authors: "philox4x32 7".
TEST(DropoutNumbers, TheGeneratorOfThisTestIsThatOfThePaper) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0),
            (std::array<std::uint32_t, 4>{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffULL),
            (std::array<std::uint32_t, 4>{0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662}));
}

TEST(DropoutNumbers, AreSixteenBitsOfThatGeneratorForEachElement) {
  const std::vector<float> found = factors(kTenth, 5, 7, 2);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t generator = (7 + i / 128) * 16 + i % 16;
    const std::size_t half = i % 128 / 16;
    const std::uint32_t word =
        philox({static_cast<std::uint32_t>(generator), 5, kTenth.site, 0}, kTenth.key)[half / 2];
    const std::uint32_t number = half % 2 == 0 ? word & 0xffff : word >> 16;
    ASSERT_EQ(found[i] == 0.0F, number < 6554) << i;
  }
}

TEST(DropoutNumbers, DropSoManyAndKeepTheMean) {
  for (const double probability : {0.0, 0.1, 0.5, 0.9}) {
    const std::vector<float> found = factors({probability, 1, 2}, 0, 0, 1000);
    EXPECT_NEAR(part_dropped(found), probability, 0.005);
    EXPECT_NEAR(*std::ranges::max_element(found), 1.0 / (1.0 - probability), 2e-3);
    EXPECT_EQ(std::set<float>(found.begin(), found.end()).size(), probability == 0.0 ? 1U : 2U);
  }
}

TEST(DropoutNumbers, AreOthersForAnotherRowSiteKeyAndGroup) {
  Dropout other_site = kTenth;
  other_site.site = 4;
  Dropout other_key = kTenth;
  other_key.key += 1ULL << 32;
  const std::set<std::vector<float>> all = {factors(kTenth, 0, 0, 4), factors(kTenth, 1, 0, 4),
                                            factors(kTenth, 0, 4, 4), factors(other_site, 0, 0, 4),
                                            factors(other_key, 0, 0, 4)};
  EXPECT_EQ(all.size(), 5U);
}

TEST(AddDropped, MultipliesByTheFactorsForwardAndBackward) {
  for (const std::int64_t elements : {1, 127, 128, 129, 100'000}) {
    const at::Tensor x = at::randn({elements}).requires_grad_(true);
    const at::Tensor branch = at::randn({elements}).requires_grad_(true);
    const at::Tensor upstream = at::randn({elements});
    std::vector<float> numbers = factors(kTenth, 0, 0, (elements + 127) / 128);
    const at::Tensor by = at::from_blob(numbers.data(), {elements});
    const at::Tensor sum = add_dropped(x, branch, kTenth);
    EXPECT_TRUE(at::equal(sum, x + branch * by));
    (sum * upstream).sum().backward();
    EXPECT_TRUE(at::equal(x.grad(), upstream));
    EXPECT_TRUE(at::equal(branch.grad(), upstream * by));
    EXPECT_TRUE(at::equal(add_dropped({}, branch, kTenth), branch * by));
  }
}

TEST(AddDropped, TakesTensorsThatDoNotLieInOnePiece) {
  const at::Tensor x = at::randn({30, 50}).t();
  const at::Tensor branch = at::randn({50, 60}).narrow(1, 10, 30);
  EXPECT_TRUE(at::equal(add_dropped(x, branch, kTenth),
                        add_dropped(x.contiguous(), branch.contiguous(), kTenth)));
}

TEST(AddDropped, HasTheSameBitsWithAnyNumberOfThreads) {
  const at::Tensor x = at::randn({70'001});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = add_dropped(x, x, kTenth);
  at::set_num_threads(3);
  EXPECT_TRUE(at::equal(add_dropped(x, x, kTenth), one));
  at::set_num_threads(before);
}

}  // namespace
}  // namespace lockstep::test
