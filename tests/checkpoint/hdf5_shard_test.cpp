// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_shard.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/error.h"
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

ShardHeader header_of(std::int64_t elements, ElementRange range) {
  return {.shard = 1,
          .shard_count = 3,
          .elements = elements,
          .range = range,
          .step = 12'345,
          .layout_digest = "00112233445566778899aabbccddeeff"};
}

std::string program_output(const std::string& command, const fs::path& folder) {
  const fs::path output = folder / "output";
  EXPECT_EQ(std::system((command + " > " + output.string() + " 2>&1").c_str()), 0) << command;
  return bytes_in(output);
}

// What is wrong with the file, or nothing if it reads as if nothing had happened to it.
std::string problem_with(const fs::path& file, const ShardStructure& original) {
  try {
    const ShardStructure found = read_shard_structure(file);
    EXPECT_EQ(found.header, original.header);
    EXPECT_EQ(found.places, original.places);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

// Whether the byte is of a value or a digest of a shard with 1,696 elements, which are one chunk.
bool is_raw(std::int64_t byte, const ShardPlaces& places) {
  return std::ranges::any_of(kStateArrays, [&](StateArray array) {
    return (places.values[array] <= byte && byte < places.values[array] + 6'784) ||
           (places.digests[array] <= byte && byte < places.digests[array] + 16);
  });
}

TEST(Hdf5Shard, IsReadAsItWasCreated) {
  const TempDirectory directory;
  const ShardHeader header = header_of(100'000, {32'768, 65'536});
  const ShardPlaces places = create_shard(directory / "shard.h5", header);
  const ShardStructure found = read_shard_structure(directory / "shard.h5");
  EXPECT_EQ(found.header, header);
  EXPECT_EQ(found.places, places);
  EXPECT_EQ(places.file_bytes, static_cast<std::int64_t>(fs::file_size(directory / "shard.h5")));
}

TEST(Hdf5Shard, TheLastChunkMayBeShort) {
  const TempDirectory directory;
  const ShardHeader header = header_of(100'000, {65'536, 100'000});
  create_shard(directory / "shard.h5", header);
  EXPECT_EQ(read_shard_structure(directory / "shard.h5").header, header);
}

TEST(Hdf5Shard, HasPlacesThatDoNotOverlap) {
  const TempDirectory directory;
  const ShardPlaces places =
      create_shard(directory / "shard.h5", header_of(100'000, {32'768, 65'536}));
  std::map<std::int64_t, std::int64_t> ends;
  for (const StateArray array : kStateArrays) {
    ends[places.values[array]] = places.values[array] + 131'072;
    ends[places.digests[array]] = places.digests[array] + 32;
  }
  ASSERT_EQ(ends.size(), 6U);
  std::int64_t free_from = 1;  // HDF5's own beginning
  for (const auto& [first, last] : ends) {
    EXPECT_GE(first, free_from);
    free_from = last;
  }
  EXPECT_LE(free_from, places.file_bytes);
}

TEST(Hdf5Shard, ValuesBeginAtAPage) {
  const TempDirectory directory;
  const ShardPlaces places =
      create_shard(directory / "shard.h5", header_of(100'000, {32'768, 65'536}));
  for (const StateArray array : kStateArrays) EXPECT_EQ(places.values[array] % 4'096, 0);
}

TEST(Hdf5Shard, OfAnEmptyRangeHasNoPlaces) {
  const TempDirectory directory;
  const ShardHeader header = header_of(16'384, {16'384, 16'384});
  const ShardPlaces places = create_shard(directory / "shard.h5", header);
  for (const StateArray array : kStateArrays) {
    EXPECT_EQ(places.values[array], 0);
    EXPECT_EQ(places.digests[array], 0);
  }
  EXPECT_EQ(read_shard_structure(directory / "shard.h5").places, places);
}

TEST(Hdf5Shard, MayBeLargerThanTwoGibibytesAndTakesNoSpaceForIt) {
  const TempDirectory directory;
  const ShardHeader header = header_of(3'000'000'512, {0, 3'000'000'512});
  const ShardPlaces places = create_shard(directory / "shard.h5", header);
  EXPECT_GT(places.file_bytes, 36'000'006'144);
  EXPECT_EQ(read_shard_structure(directory / "shard.h5").header, header);
  EXPECT_EQ(program_output("test $(du -k " + (directory / "shard.h5").string() +
                               " | cut -f1) -lt 100 && echo small",
                           directory.path()),
            "small\n");
}

TEST(Hdf5Shard, ReplacesWhatHadItsName) {
  const TempDirectory directory;
  std::ofstream(directory / "shard.h5") << std::string(1'000'000, 'x');
  const ShardPlaces places =
      create_shard(directory / "shard.h5", header_of(100'000, {32'768, 65'536}));
  EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(directory / "shard.h5")), places.file_bytes);
  EXPECT_EQ(bytes_in(directory / "shard.h5").find("xxx"), std::string::npos);
}

TEST(Hdf5Shard, SaysItsVersionOfHdf5) {
  EXPECT_THAT(hdf5_version(), testing::MatchesRegex("hdf5 [0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(Hdf5Shard, IsReadByH5dump) {
  const TempDirectory directory;
  create_shard(directory / "shard.h5", header_of(100'000, {32'768, 65'536}));
  const std::string text =
      program_output("h5dump -A " + (directory / "shard.h5").string(), directory.path());
  EXPECT_THAT(text, AllOf(HasSubstr("\"parameters\""), HasSubstr("\"exp_avg_sq_digests\""),
                          HasSubstr("H5T_IEEE_F32LE"), HasSubstr("( 32768 ) / ( 32768 )"),
                          HasSubstr("12345"), HasSubstr("00112233445566778899aabbccddeeff")));
}

TEST(Hdf5Shard, AFolderThatIsNotThereIsNamedWithTheErrno) {
  const TempDirectory directory;
  const fs::path file = directory.path() / "missing" / "shard.h5";
  EXPECT_THAT(message_of([&] {
                create_shard(file, header_of(10, {0, 10}));
              }),
              AllOf(StartsWith("writing " + file.string()), EndsWith("(errno 2)")));
}

TEST(Hdf5Shard, AMissingFileIsNamedWithTheErrno) {
  const TempDirectory directory;
  const fs::path file = directory / "missing.h5";
  EXPECT_EQ(message_of([&] { read_shard_structure(file); }),
            "reading " + file.string() + ": stat: No such file or directory (errno 2)");
}

TEST(Hdf5Shard, AFolderIsNoShard) {
  const TempDirectory directory;
  EXPECT_THAT(message_of([&] { read_shard_structure(directory.path()); }),
              EndsWith("this is no file"));
}

TEST(Hdf5Shard, OtherFilesAreRefused) {
  const TempDirectory directory;
  std::ofstream(directory / "text") << "not HDF5";
  std::ofstream(directory / "empty") << "";
  EXPECT_THAT(message_of([&] { read_shard_structure(directory / "text"); }),
              StartsWith("reading " + (directory / "text").string() + ": HDF5: "));
  EXPECT_THAT(message_of([&] { read_shard_structure(directory / "empty"); }),
              StartsWith("reading " + (directory / "empty").string() + ": HDF5: "));
}

TEST(Hdf5Shard, AHeaderThatContradictsItselfIsRefused) {
  const TempDirectory directory;
  ShardHeader header = header_of(100'000, {32'768, 65'536});
  header.shard = 3;
  create_shard(directory / "number.h5", header);
  EXPECT_THAT(message_of([&] { read_shard_structure(directory / "number.h5"); }),
              HasSubstr("it says it is shard 3 of 3"));
  create_shard(directory / "edge.h5", header_of(100'000, {0, 1'000}));
  EXPECT_THAT(message_of([&] { read_shard_structure(directory / "edge.h5"); }),
              HasSubstr("it says it has the elements 0 to 1000 of 100000"));
}

TEST(Hdf5Shard, CutAtAnyLengthIsRefused) {
  const TempDirectory directory;
  const fs::path file = directory / "shard.h5";
  create_shard(file, header_of(100'000, {98'304, 100'000}));
  const ShardStructure original = read_shard_structure(file);
  for (std::int64_t bytes = original.places.file_bytes - 1; bytes >= 0; bytes -= 13) {
    fs::resize_file(file, static_cast<std::uintmax_t>(bytes));
    EXPECT_NE(problem_with(file, original), "") << bytes << " bytes";
  }
}

// HDF5 guards its structure with checksums; the bytes between are of no meaning.
TEST(Hdf5Shard, AFlippedBitInTheStructureIsRefusedOrOfNoMeaning) {
  const TempDirectory directory;
  const fs::path file = directory / "shard.h5";
  create_shard(file, header_of(100'000, {98'304, 100'000}));
  const ShardStructure original = read_shard_structure(file);
  std::int64_t refused = 0;
  for (std::int64_t byte = 0; byte < original.places.file_bytes; ++byte) {
    if (is_raw(byte, original.places)) continue;
    const int bit = static_cast<int>(byte % 8);
    flip_bit_at(file, byte, bit);
    if (!problem_with(file, original).empty()) ++refused;
    flip_bit_at(file, byte, bit);
  }
  EXPECT_GT(refused, 1'000);
  EXPECT_EQ(problem_with(file, original), "");
}

TEST(Hdf5Shard, AfterAFailedWriteTheNextOneSucceeds) {
  const TempDirectory directory;
  const fs::path file = directory / "shard.h5";
  const ShardHeader header = header_of(100'000, {32'768, 65'536});
  struct ::rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const struct ::rlimit small = {.rlim_cur = 8'192, .rlim_max = limit.rlim_max};
  ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of([&] { create_shard(file, header); });
  ::setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(message, "writing " + file.string() + ": ftruncate: File too large (errno 27)");
  create_shard(file, header);
  EXPECT_EQ(read_shard_structure(file).header, header);
}

}  // namespace
}  // namespace lockstep::test
