// SPDX-License-Identifier: Apache-2.0
// One wrong bit in a training file: wherever it is, no wrong number is read without an error.
#include <gmock/gmock.h>

#include <fstream>
#include <vector>

#include "export/pt_reader.h"
#include "export/samples.h"
#include "export/small_run.h"
#include "export/training_file_reader.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string text_of(const std::vector<float>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

// All that a resume takes from a file.
struct Found {
  PerArray<std::vector<float>> values;
  std::optional<StateDigests> digests;
  std::optional<StoredTokenizer> tokenizer;
  std::optional<std::string> root;
  std::int64_t steps = 0;
  friend bool operator==(const Found&, const Found&) = default;
};

Found read_all(const std::filesystem::path& path) {
  const TrainingFileReader reader(path);
  const std::int64_t elements = reader.layout().elements();
  Found found;
  for (const StateArray array : kStateArrays) {
    if (!reader.has(array)) continue;
    found.values[array].resize(static_cast<std::size_t>(elements));
    reader.read(array, {0, elements}, found.values[array]);
  }
  found.digests = reader.digests();
  found.tokenizer = reader.file().tokenizer();
  found.root = reader.file().root();
  found.steps = reader.file().optimizer_steps();
  return found;
}

class DamagedTrainingFile : public testing::Test {
 protected:
  std::string bytes_of_run(const SmallRun& run) const {
    run.write(path_);
    return bytes_of(path_);
  }
  // Of reading the file with one bit changed.
  std::string error_with_flip(std::string bytes, std::size_t at) const {
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    put_bytes(path_, bytes);
    return checkpoint_error_of([&] { read_all(path_); });
  }

 private:
  TempDirectory directory_;

 protected:
  std::filesystem::path path_ = directory_ / "latest.pt";
};

TEST_F(DamagedTrainingFile, NamesTheChunkAndItsTensors) {
  SmallRun run = two_chunk_run();
  run.values[StateArray::exp_avg][20000] = 0.123F;  // in the second chunk
  const std::string bytes = bytes_of_run(run);
  const std::size_t at = bytes.find(text_of({0.123F}));
  EXPECT_THAT(error_with_flip(bytes, at),
              AllOf(HasSubstr("latest.pt: the chunk 1 of exp_avg (transformer.wte.weight"),
                    HasSubstr(") does not match its digest; the file is damaged")));
}

TEST_F(DamagedTrainingFile, StillGivesTheChunksThatAreWhole) {
  SmallRun run = two_chunk_run();
  run.values[StateArray::exp_avg][20000] = 0.123F;
  std::string bytes = bytes_of_run(run);
  bytes[bytes.find(text_of({0.123F}))] ^= 1;
  put_bytes(path_, bytes);
  std::vector<float> chunk(16384);
  TrainingFileReader(path_).read(StateArray::exp_avg, {0, 16384}, chunk);
  EXPECT_EQ(chunk[16383], 16583.0F);
}

TEST_F(DamagedTrainingFile, NamesTheTensorWhoseHeaderIsDamaged) {
  const std::string bytes = bytes_of_run(small_run());
  const std::size_t wte = bytes.find(text_of({100.0F, 101.0F}));
  const std::size_t header = bytes.rfind("PK\x03\x04", wte);
  EXPECT_THAT(error_with_flip(bytes, header + 14), HasSubstr("(parameters of "
                                                             "transformer.wte.weight)"));
}

TEST_F(DamagedTrainingFile, NamesTheEntryOfTheDigests) {
  const SmallRun run = small_run();
  const std::string bytes = bytes_of_run(run);
  const Digest128 digest = run.digests()[StateArray::exp_avg][0];
  const std::size_t at =
      bytes.find(std::string(reinterpret_cast<const char*>(digest.data()), digest.size()));
  EXPECT_THAT(error_with_flip(bytes, at), HasSubstr("has CRC-32"));
}

TEST_F(DamagedTrainingFile, NeverGivesAWrongNumberWithoutAnError) {
  const std::string bytes = bytes_of_run(small_run());
  const Found expected = read_all(path_);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t at, int byte) {
    file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte)).flush();
  };
  int errors = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    put(at, bytes[at] ^ (1 << (at % 8)));
    Found found;
    const std::string error = checkpoint_error_of([&] { found = read_all(path_); });
    put(at, bytes[at]);
    if (error == "no error") {
      EXPECT_TRUE(found == expected) << "byte " << at;
    } else {
      ++errors;
    }
  }
  // The rest are paddings, times, versions, masks and step counts.
  EXPECT_GT(errors, 4000);
}

TEST_F(DamagedTrainingFile, IsRefusedForAWrongMaskOrStepCountWhenAllIsChecked) {
  const std::string bytes = bytes_of_run(small_run());
  const std::size_t step = bytes.find(text_of({42.0F}));
  const std::size_t mask = bytes.find(text_of({1.0F, 0.0F, 0.0F, 0.0F, 1.0F}));
  for (const std::size_t at : {step, mask}) {
    std::string damaged = bytes;
    damaged[at] ^= 1;
    put_bytes(path_, damaged);
    EXPECT_THAT(checkpoint_error_of([&] { PtReader(path_).check_all_bytes(); }),
                HasSubstr("has CRC-32"));
  }
}

TEST_F(DamagedTrainingFile, IsRefusedAtEveryLength) {
  const std::string bytes = bytes_of_run(small_run());
  for (std::size_t size = bytes.size(); size-- > 0;) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(checkpoint_error_of([&] { read_all(path_); }), HasSubstr("latest.pt: ")) << size;
  }
}

}  // namespace
}  // namespace lockstep::test
