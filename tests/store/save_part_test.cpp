// SPDX-License-Identifier: Apache-2.0
#include "store/save_part.h"

#include "base/file.h"
#include "checkpoint/names.h"
#include "store/matchers.h"
#include "store/saved_run.h"
#include "support/temp_directory.h"
#include "support/written_pages.h"

namespace lockstep::test {
namespace {

// Every rank saves into a run directory of its own, which shows what it wrote.
TEST(SavePart, NoTwoRanksWriteIntoOnePageOfThePtFile) {
  const SmallRun run = run_at_epoch(3);
  std::set<std::int64_t> written;
  for (std::int64_t shard = 0; shard < 2; ++shard) {
    const TempDirectory directory;
    const SaveOrder order = order_for(directory.path(), run, 2);
    save_part(order, shard, slice_of(run, shards_of(order)[static_cast<std::size_t>(shard)]));
    EXPECT_EQ(add_pages(written_pages(draft_of(order) / names::kSetPt), written), 0U);
  }
  EXPECT_FALSE(written.empty());
}

TEST(SavePart, ThePtFileIsTheSameWithAnyNumberOfRanks) {
  const SmallRun run = run_at_epoch(3);
  const auto saved = [&](std::int64_t ranks) {
    const TempDirectory directory;
    save_run(directory.path(), run, ranks);
    return read_file(directory / names::kLatest, ErrorKind::checkpoint);
  };
  EXPECT_TRUE(saved(1) == saved(2));
  EXPECT_TRUE(saved(1) == saved(5));  // of which three have nothing
}

}  // namespace
}  // namespace lockstep::test
