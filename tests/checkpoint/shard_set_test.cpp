// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_set.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/error.h"
#include "checkpoint/names.h"
#include "checkpoint/sample_set.h"
#include "support/flip_bit.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kElements = 64'549;

std::vector<float> read_run(const ShardSet& set, StateArray array, ElementRange range) {
  std::vector<float> values(static_cast<std::size_t>(range.count()));
  set.read(array, range, values);
  return values;
}

// Everything that a resume reads.
struct Everything {
  std::int64_t step = 0;
  SampleState state;
  StoredTokenizer tokenizer;
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything read_everything(const fs::path& folder) {
  const ShardSet set(folder);
  Everything read{.step = set.manifest().state.step, .state = {}, .tokenizer = set.tokenizer()};
  for (const StateArray array : kStateArrays)
    read.state[array] = read_run(set, array, {0, kElements});
  return read;
}

std::string problem_with(const fs::path& folder) {
  return message_of([&] { read_everything(folder); });
}

void swap_files(const fs::path& one, const fs::path& other) {
  fs::rename(one, one.string() + ".away");
  fs::rename(other, one);
  fs::rename(one.string() + ".away", other);
}

TEST(ShardSet, IsOneFlatSpaceWhateverTheNumberOfShards) {
  const SampleState state = sample_state(kElements);
  for (const std::int64_t shards : {1, 2, 3, 4, 7}) {
    const TempDirectory directory;
    write_sample_set(directory.path(), sample_layout(), shards);
    const ShardSet set(directory.path());
    for (const StateArray array : kStateArrays)
      EXPECT_TRUE(read_run(set, array, {0, kElements}) == state[array])
          << shards << " shards, " << name_of(array);
  }
}

TEST(ShardSet, ReadsRunsThatCrossShards) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 3);
  const ShardSet set(directory.path());
  const std::vector<float> values = read_run(set, StateArray::exp_avg, {16'384, 49'152});
  EXPECT_EQ(values.front(), 16'384.5F);
  EXPECT_EQ(values.back(), 49'151.5F);
  EXPECT_TRUE(read_run(set, StateArray::exp_avg, {16'384, 16'384}).empty());
}

TEST(ShardSet, HasTheManifestTheLayoutAndTheTokenizer) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const ShardSet set(directory.path());
  EXPECT_EQ(set.manifest().set, "epoch_0003");
  EXPECT_EQ(set.manifest().state.step, kSampleStep);
  EXPECT_EQ(set.layout().elements(), kElements);
  EXPECT_TRUE(set.has(StateArray::exp_avg_sq));
  EXPECT_EQ(set.tokenizer(), (StoredTokenizer{"byte", "the tokenizer's bytes"}));
}

TEST(ShardSet, ItsDigestsGiveTheRootWhateverTheNumberOfShards) {
  for (const std::int64_t shards : {1, 3, 6}) {
    const TempDirectory directory;
    const Manifest manifest = write_sample_set(directory.path(), sample_layout(), shards);
    const ShardSet set(directory.path());
    EXPECT_EQ(state_root(set.layout(), set.digests().value()), manifest.root) << shards;
  }
}

TEST(ShardSet, AChangedValueIsNamedWithItsFileChunkAndTensors) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const fs::path file = directory / sample_file(1, 2);
  const ShardPlaces places = read_shard_structure(file).places;
  flip_bit_at(file, places.values[StateArray::exp_avg] + 80'000, 0);
  EXPECT_EQ(problem_with(directory.path()),
            "reading " + file.string() +
                ": the chunk 3 of exp_avg (mlp.weight) does not match its digest; the file is "
                "damaged");
}

TEST(ShardSet, AChangedValueElsewhereDoesNotMatter) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const fs::path file = directory / sample_file(1, 2);
  const ShardPlaces places = read_shard_structure(file).places;
  flip_bit_at(file, places.values[StateArray::exp_avg] + 80'000, 0);
  const ShardSet set(directory.path());
  EXPECT_EQ(read_run(set, StateArray::exp_avg, {0, 49'152}).back(), 49'151.5F);
}

TEST(ShardSet, EveryFlippedBitOfAValueIsFound) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const fs::path file = directory / sample_file(0, 2);
  const ShardPlaces places = read_shard_structure(file).places;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t byte = places.values[StateArray::parameters] + std::int64_t{3'271} * i;
    flip_bit_at(file, byte, i % 8);
    EXPECT_THAT(problem_with(directory.path()), HasSubstr("does not match its digest"));
    flip_bit_at(file, byte, i % 8);
  }
  read_everything(directory.path());
}

TEST(ShardSet, AChangedDigestIsFoundWhenTheSetIsOpened) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const fs::path file = directory / sample_file(0, 2);
  const ShardPlaces places = read_shard_structure(file).places;
  for (const StateArray array : kStateArrays) {
    flip_bit_at(file, places.digests[array] + 17, 3);
    EXPECT_THAT(message_of([&] { ShardSet set(directory.path()); }),
                AllOf(StartsWith("reading " + file.string()), HasSubstr("digest of its digests")));
    flip_bit_at(file, places.digests[array] + 17, 3);
  }
}

TEST(ShardSet, AFlippedBitAnywhereIsFoundOrOfNoMeaning) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 4);
  const fs::path file = directory / sample_file(3, 4);
  const Everything expected{.step = kSampleStep,
                            .state = sample_state(kElements),
                            .tokenizer = {"byte", "the tokenizer's bytes"}};
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    const std::int64_t byte = i * 183 % static_cast<std::int64_t>(fs::file_size(file));
    flip_bit_at(file, byte, static_cast<int>(i % 8));
    try {
      EXPECT_TRUE(read_everything(directory.path()) == expected) << byte;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith("reading " + file.string())) << byte;
      ++found;
    }
    flip_bit_at(file, byte, static_cast<int>(i % 8));
  }
  EXPECT_GT(found, 900);
}

TEST(ShardSet, AShardCutAtAnyLengthIsFoundWhenTheSetIsOpened) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 4);
  const fs::path file = directory / sample_file(3, 4);
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file));
  for (std::int64_t left = bytes - 1; left >= 0; left -= 1'021) {
    fs::resize_file(file, static_cast<std::uintmax_t>(left));
    EXPECT_THAT(message_of([&] { ShardSet set(directory.path()); }),
                StartsWith("reading " + file.string()))
        << left;
  }
}

TEST(ShardSet, AShardThatIsTooLongIsRefused) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const fs::path file = directory / sample_file(1, 2);
  std::ofstream(file, std::ios::app) << "more";
  EXPECT_THAT(problem_with(directory.path()), HasSubstr("the manifest says"));
}

TEST(ShardSet, AMissingShardIsNamed) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  fs::remove(directory / sample_file(1, 2));
  EXPECT_EQ(problem_with(directory.path()), "reading " + (directory / sample_file(1, 2)).string() +
                                                ": stat: No such file or directory (errno 2)");
}

TEST(ShardSet, TwoShardsThatWereSwappedAreFound) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 4);
  swap_files(directory / sample_file(1, 4), directory / sample_file(2, 4));
  EXPECT_EQ(problem_with(directory.path()),
            "reading " + (directory / sample_file(1, 4)).string() +
                ": it is shard 2 of 4 at step 120 with the elements 32768 to 49152 of 64549; the "
                "manifest expects shard 1 of 4 at step 120 with the elements 16384 to 32768 of "
                "64549; the file is of another checkpoint");
}

TEST(ShardSet, AShardOfAnotherStepIsRefused) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  ShardHeader header = sample_header(sample_layout(), 1, 2);
  header.step = 119;
  const SampleState state = sample_state(kElements);
  write_shard(directory / sample_file(1, 2), header, slice_of(state, header.range));
  EXPECT_THAT(problem_with(directory.path()), HasSubstr("it is shard 1 of 2 at step 119"));
}

TEST(ShardSet, AnOldShardOfTheSameStepIsRefused) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  SampleState state = sample_state(kElements);
  state[StateArray::exp_avg][60'000] = 0.0F;
  const ShardHeader header = sample_header(sample_layout(), 1, 2);
  write_shard(directory / sample_file(1, 2), header, slice_of(state, header.range));
  EXPECT_THAT(problem_with(directory.path()), EndsWith("damaged or of another checkpoint"));
}

TEST(ShardSet, AShardOfAnotherModelIsRefused) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  const FlatLayout other({{"w", {kElements}}});
  const ShardHeader header = sample_header(other, 1, 2);
  const SampleState state = sample_state(kElements);
  write_shard(directory / sample_file(1, 2), header, slice_of(state, header.range));
  EXPECT_THAT(problem_with(directory.path()), HasSubstr("of a model with other tensors"));
}

TEST(ShardSet, AFolderWithoutAManifestIsNoSet) {
  const TempDirectory directory;
  EXPECT_THAT(problem_with(directory.path()),
              AllOf(HasSubstr((directory / names::kManifest).string()), HasSubstr("(errno 2)")));
}

TEST(ShardSet, AChangedTokenizerIsRefused) {
  const TempDirectory directory;
  write_sample_set(directory.path(), sample_layout(), 2);
  flip_bit_at(directory / names::kTokenizerFile, 4, 2);
  EXPECT_THAT(problem_with(directory.path()),
              AllOf(StartsWith("reading " + (directory / names::kTokenizerFile).string()),
                    HasSubstr("the file is damaged")));
}

TEST(ShardSet, StaysValidWhenItIsCopied) {
  const TempDirectory directory;
  fs::create_directory(directory / "set");
  write_sample_set(directory / "set", sample_layout(), 3);
  fs::copy(directory / "set", directory / "copy", fs::copy_options::recursive);
  fs::remove_all(directory / "set");
  read_everything(directory / "copy");
}

}  // namespace
}  // namespace lockstep::test
