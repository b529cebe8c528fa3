// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "base/error.h"
#include "checkpoint/sample_set.h"
#include "support/message_of.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Shard 1 of 2 of the sample state: the chunks 2 and 3.
constexpr ElementRange kRange = {32'768, 64'549};

StateDigests write_sample(const fs::path& file) {
  const SampleState state = sample_state(64'549);
  return write_shard(file, sample_header(sample_layout(), 1, 2), slice_of(state, kRange));
}

std::vector<float> read_all(const ShardFile& file, StateArray array) {
  std::vector<float> values(static_cast<std::size_t>(file.header().range.count()));
  file.read(array, file.header().range, values);
  return values;
}

std::vector<float> sample_values(StateArray array) {
  const SampleState state = sample_state(64'549);
  return {state[array].begin() + kRange.first, state[array].end()};
}

std::ptrdiff_t open_descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

TEST(ShardFile, HoldsWhatWasWritten) {
  const TempDirectory directory;
  write_sample(directory / "shard.h5");
  const ShardFile file(directory / "shard.h5");
  EXPECT_EQ(file.header(), sample_header(sample_layout(), 1, 2));
  for (const StateArray array : kStateArrays)
    EXPECT_EQ(read_all(file, array), sample_values(array)) << name_of(array);
}

TEST(ShardFile, ReadsAnyRunOfItsElements) {
  const TempDirectory directory;
  write_sample(directory / "shard.h5");
  const ShardFile file(directory / "shard.h5");
  std::vector<float> values(3);
  file.read(StateArray::exp_avg, {40'001, 40'004}, values);
  EXPECT_EQ(values, (std::vector<float>{40'001.5F, 40'002.5F, 40'003.5F}));
}

TEST(ShardFile, HasTheDigestsOfItsChunks) {
  const TempDirectory directory;
  const StateDigests written = write_sample(directory / "shard.h5");
  for (const StateArray array : kStateArrays)
    EXPECT_EQ(written[array], chunk_digests(sample_values(array))) << name_of(array);
  EXPECT_EQ(ShardFile(directory / "shard.h5").digests(), written);
}

TEST(ShardFile, MayBeEmpty) {
  const TempDirectory directory;
  const FlatLayout layout({{"w", {10}}});
  const SampleState state = sample_state(10);
  const StateDigests digests =
      write_shard(directory / "shard.h5", sample_header(layout, 0, 2), slice_of(state, {0, 0}));
  EXPECT_EQ(digests, StateDigests());
  const ShardFile file(directory / "shard.h5");
  EXPECT_EQ(file.header().range, (ElementRange{0, 0}));
  EXPECT_TRUE(read_all(file, StateArray::parameters).empty());
}

TEST(ShardFile, KnowsItsSize) {
  const TempDirectory directory;
  write_sample(directory / "shard.h5");
  EXPECT_EQ(ShardFile(directory / "shard.h5").bytes(),
            static_cast<std::int64_t>(fs::file_size(directory / "shard.h5")));
}

TEST(ShardFile, EqualStatesGiveEqualFiles) {
  const TempDirectory directory;
  write_sample(directory / "one.h5");
  write_sample(directory / "two.h5");
  EXPECT_TRUE(bytes_in(directory / "one.h5") == bytes_in(directory / "two.h5"));
}

TEST(WriteShard, OfSeveralBlocksWritesThemAll) {
  const TempDirectory directory;
  constexpr std::int64_t kElements = 2'500'000;
  const FlatLayout layout({{"w", {kElements}}});
  const SampleState state = sample_state(kElements);
  const StateDigests digests = write_shard(directory / "shard.h5", sample_header(layout, 0, 1),
                                           slice_of(state, {0, kElements}));
  const ShardFile file(directory / "shard.h5");
  for (const StateArray array : kStateArrays) {
    EXPECT_TRUE(read_all(file, array) == state[array]) << name_of(array);
    EXPECT_EQ(digests[array], chunk_digests(state[array])) << name_of(array);
  }
}

TEST(WriteShard, AFailedWriteNamesTheFileTheCallAndTheReason) {
  const TempDirectory directory;
  const fs::path file = directory / "shard.h5";
  struct ::rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const struct ::rlimit small = {.rlim_cur = 300'000, .rlim_max = limit.rlim_max};
  ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of([&] { write_sample(file); });
  ::setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_THAT(message, AllOf(StartsWith("writing " + file.string() + ": "),
                             HasSubstr("File too large (errno 27)")));
  write_sample(file);
  EXPECT_EQ(read_all(ShardFile(file), StateArray::parameters),
            sample_values(StateArray::parameters));
}

TEST(ShardFile, LeavesNoDescriptorOpen) {
  const TempDirectory directory;
  const auto use_files = [&] {
    write_sample(directory / "shard.h5");
    const ShardFile file(directory / "shard.h5");
    fs::resize_file(directory / "shard.h5", 1'000);
    EXPECT_THROW(ShardFile{directory / "shard.h5"}, Error);
  };
  use_files();
  const std::ptrdiff_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) use_files();
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ShardFile, CutShortWhileItIsOpenIsAnError) {
  const TempDirectory directory;
  write_sample(directory / "shard.h5");
  const ShardFile file(directory / "shard.h5");
  fs::resize_file(directory / "shard.h5", 10'000);
  EXPECT_THAT(message_of([&] { read_all(file, StateArray::exp_avg_sq); }),
              HasSubstr("the file is cut short at byte"));
}

}  // namespace
}  // namespace lockstep::test
