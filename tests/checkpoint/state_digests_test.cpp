// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/state_digests.h"

#include <gtest/gtest.h>

#include "checkpoint/sample_set.h"

namespace lockstep::test {
namespace {

StateDigests sample_digests() { return digests_of(sample_state(sample_layout().elements())); }

std::string root_of(const FlatLayout& layout) { return state_root(layout, sample_digests()); }

TEST(StateArrays, HaveTheNamesOfTheFormat) {
  EXPECT_EQ(name_of(StateArray::parameters), "parameters");
  EXPECT_EQ(name_of(StateArray::exp_avg), "exp_avg");
  EXPECT_EQ(name_of(StateArray::exp_avg_sq), "exp_avg_sq");
}

TEST(ChunkDigests, ThereIsOneForEachBegunChunk) {
  const std::vector<float> values(40'000, 1.0F);
  EXPECT_EQ(chunk_digests(values).size(), 3U);
  EXPECT_EQ(chunk_digests(std::span(values).first(16'384)).size(), 1U);
  EXPECT_EQ(chunk_digests(std::span(values).first(16'385)).size(), 2U);
  EXPECT_TRUE(chunk_digests({}).empty());
}

// Computed with Python's xxhash.
TEST(ChunkDigests, AreXxh3OfTheLittleEndianBytes) {
  const std::vector<float> values = {0.0F, 1.0F, -2.5F};
  EXPECT_EQ(hex_text(chunk_digests(values).at(0)), "9aa87ec5ce6d2a1d824026a54ea4529f");
}

TEST(ChunkDigests, DependOnTheirChunkAlone) {
  std::vector<float> values(40'000, 1.0F);
  const ChunkDigests before = chunk_digests(values);
  values[20'000] = 2.0F;
  const ChunkDigests after = chunk_digests(values);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_NE(after[1], before[1]);
  EXPECT_EQ(after[2], before[2]);
}

TEST(DigestOfDigests, ChangesWithAnyDigestOfAnyArray) {
  const StateDigests original = sample_digests();
  for (const StateArray array : kStateArrays) {
    StateDigests changed = original;
    changed[array][3][15] ^= std::byte{1};
    EXPECT_NE(digest_of_digests(changed), digest_of_digests(original)) << name_of(array);
  }
}

// Computed with Python's xxhash, as FORMAT.md says.
TEST(DigestOfDigests, IsAsTheFormatSays) {
  EXPECT_EQ(digest_of_digests(sample_digests()), "65f0fa680045a4e13057b07aed2ee4c6");
}

// Computed with Python's hashlib and xxhash, as FORMAT.md says.
TEST(StateRoot, IsAsTheFormatSays) {
  EXPECT_EQ(root_of(sample_layout()),
            "25fa2dabf66d7723ca6ac5f6dd5992eb5927848ec8a73a87ed4d1964940ff9f5");
}

TEST(LayoutDigest, IsAsTheFormatSays) {
  EXPECT_EQ(layout_digest(sample_layout()), "956ed2fe0badaf3606ad72133f85775e");
}

TEST(StateRoot, ChangesWithAnyDigestOfAnyArray) {
  const FlatLayout layout = sample_layout();
  const StateDigests original = sample_digests();
  for (const StateArray array : kStateArrays) {
    StateDigests changed = original;
    changed[array][3][15] ^= std::byte{1};
    EXPECT_NE(state_root(layout, changed), state_root(layout, original)) << name_of(array);
  }
}

TEST(StateRoot, ChangesWithANameAndWithAShape) {
  const FlatLayout one({{"a", {300, 200}}, {"b", {4'549}}});
  const FlatLayout name({{"a", {300, 200}}, {"c", {4'549}}});
  const FlatLayout shape({{"a", {200, 300}}, {"b", {4'549}}});
  EXPECT_NE(root_of(one), root_of(name));
  EXPECT_NE(root_of(one), root_of(shape));
}

TEST(LayoutDigest, IsNotFooledByNamesThatLookLikeSeveralTensors) {
  const FlatLayout two({{"a", {2}}, {"b", {2}}});
  const FlatLayout one({{"a [2]\n1 b", {2}}});
  EXPECT_NE(layout_digest(two), layout_digest(one));
}

TEST(FirstDifference, IsAbsentBetweenEqualStates) {
  EXPECT_EQ(first_difference(sample_layout(), sample_digests(), sample_digests()), std::nullopt);
}

TEST(FirstDifference, NamesTheArrayTheChunkAndTheTensor) {
  SampleState state = sample_state(sample_layout().elements());
  state[StateArray::exp_avg][50'000] = -1.0F;
  state[StateArray::exp_avg_sq][0] = -1.0F;
  EXPECT_EQ(first_difference(sample_layout(), sample_digests(), digests_of(state)),
            (StateDifference{.array = StateArray::exp_avg, .chunk = 3, .tensor = "mlp.weight"}));
}

TEST(TensorsInChunk, AreNamedForMessages) {
  const FlatLayout layout = sample_layout();
  EXPECT_EQ(tensors_in_chunk(layout, 0), "wte.weight");
  EXPECT_EQ(tensors_in_chunk(layout, 2), "wte.weight and 4 more");
  EXPECT_EQ(tensors_in_chunk(layout, 3), "mlp.weight");
  EXPECT_EQ(tensors_in_chunk(layout, 4), "no tensor");
}

TEST(TensorsInChunk, LeaveOutTensorsWithoutElements) {
  const FlatLayout layout({{"empty", {0}}, {"full", {10}}});
  EXPECT_EQ(tensors_in_chunk(layout, 0), "full");
}

}  // namespace
}  // namespace lockstep::test
