// SPDX-License-Identifier: Apache-2.0
#include "train/term_places.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

constexpr std::int64_t kBlock = kChunkElements / 4;

void expect_all_terms_once(const TermPlaces& places) {
  std::vector<std::int64_t> next = {0, places.counts.first_loss(), places.counts.first_block()};
  for (const std::vector<ElementRange>& ranges : places.of_ranks)
    for (std::size_t kind = 0; kind < next.size(); ++kind) {
      ASSERT_EQ(ranges[kind].first, next[kind]);
      ASSERT_GE(ranges[kind].count(), 0);
      next[kind] = ranges[kind].last;
    }
  EXPECT_EQ(next[0], places.counts.first_loss());
  EXPECT_EQ(next[1], places.counts.first_block());
  EXPECT_EQ(next[2], places.counts.total());
}

TEST(TermPlaces, AreEachOfOneRankAtAnyWorldSize) {
  for (int world_size = 1; world_size <= 9; ++world_size)
    for (const std::int64_t lanes : {1, 2, 4, 8})
      for (std::int64_t sequences = 1; sequences <= 8; ++sequences)
        for (const std::int64_t elements :
             {std::int64_t{1}, kBlock, kBlock + 1, 3 * kChunkElements, 20 * kChunkElements - 7}) {
          SCOPED_TRACE(testing::Message() << world_size << " ranks, " << lanes << " lanes, "
                                          << sequences << " sequences, " << elements);
          expect_all_terms_once(term_places({.batch_size = 8, .lanes = lanes}, sequences, elements,
                                            kBlock, world_size));
        }
}

// What is added up, and in which order, must not depend on how many ranks there are.
TEST(TermPlaces, AreAsManyAtAnyWorldSize) {
  const LanePlan lanes{.batch_size = 8, .lanes = 4};
  const std::int64_t elements = 5 * kChunkElements + 1;
  for (int world_size = 1; world_size <= 9; ++world_size) {
    const StepTerms counts = term_places(lanes, 5, elements, kBlock, world_size).counts;
    EXPECT_EQ(counts.ranks, world_size);
    EXPECT_EQ(counts.losses, 3) << "a lane without sequences has no loss";
    EXPECT_EQ(counts.blocks, 21);
  }
}

TEST(TermPlaces, OfARankAreThoseOfItsLanesAndOfItsShard) {
  const TermPlaces places =
      term_places({.batch_size = 4, .lanes = 4}, 3, 3 * kChunkElements, kChunkElements, 2);
  const std::vector<std::vector<ElementRange>> expected = {{{0, 1}, {2, 4}, {5, 6}},
                                                           {{1, 2}, {4, 5}, {6, 8}}};
  EXPECT_EQ(places.of_ranks, expected);
}

}  // namespace
}  // namespace lockstep::test
