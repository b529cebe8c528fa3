// SPDX-License-Identifier: Apache-2.0
// Shards, whose structure HDF5 reads: of its own code nothing is seen but that it comes back.
#include "checkpoint/sample_set.h"
#include "checkpoint/shard_file.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/memory_file.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

const FlatLayout& small_layout() {
  static const FlatLayout layout({{"w", {20, 10}}});
  return layout;
}

}  // namespace

std::vector<std::string> first_inputs() {
  const TempDirectory folder;
  const SampleState state = sample_state(small_layout().elements());
  const ShardHeader header = sample_header(small_layout(), 0, 1);
  write_shard(folder / "shard.h5", header, slice_of(state, header.range));
  return {bytes_in(folder / "shard.h5")};
}

void read_input(const std::string& input) {
  const MemoryFile file(input);
  reads(ErrorKind::checkpoint, [&] {
    const ShardFile shard(file.path());
    std::vector<float> values(static_cast<std::size_t>(shard.header().range.count()));
    for (const StateArray array : kStateArrays) shard.read(array, shard.header().range, values);
  });
}

}  // namespace lockstep::test
