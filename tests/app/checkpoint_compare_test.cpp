// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_compare.h"

#include <gtest/gtest.h>

#include "store/saved_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using Kind = StateComparison::Kind;

TEST(CompareCheckpoints, FindsASetAndItsFileIdentical) {
  const TempDirectory folder;
  const fs::path set = save_run(folder.path(), run_at_epoch(3), 2);
  const Comparison comparison = compare_checkpoints(set, folder / "latest.pt");
  EXPECT_EQ(comparison.state.kind, Kind::identical);
  EXPECT_EQ(comparison.first.name, "epoch_0003");
  EXPECT_EQ(comparison.second.name, "latest.pt");
  EXPECT_EQ(comparison.first.parameters, 31'616);
  EXPECT_EQ(comparison.first.val_loss, 1.75);
}

TEST(CompareCheckpoints, NamesTheFirstTensorThatDiffers) {
  const TempDirectory folder;
  const fs::path one = save_run(folder.path(), run_at_epoch(1), 1);
  SmallRun changed = run_at_epoch(2);
  changed.values[StateArray::exp_avg][31'600] = 0.5F;
  const fs::path other = save_run(folder.path(), changed, 2);
  const StateComparison state = compare_checkpoints(one, other).state;
  EXPECT_EQ(state.kind, Kind::different);
  EXPECT_EQ(state.array, "exp_avg");
  EXPECT_EQ(state.chunk, 1);
  EXPECT_FALSE(state.tensor.empty());
}

TEST(CompareCheckpoints, TellsOtherModels) {
  const TempDirectory folder;
  const fs::path one = save_run(folder.path(), run_at_epoch(1), 1);
  SmallRun other = small_run();
  other.content.state.run_config = "{}";
  other.write(folder / "other.pt");
  EXPECT_EQ(compare_checkpoints(one, folder / "other.pt").state.kind, Kind::other_layout);
}

TEST(CompareCheckpoints, NamesTwoOfOneNameByTheirPaths) {
  const TempDirectory folder;
  const TempDirectory elsewhere;
  const fs::path one = save_run(folder.path(), run_at_epoch(1), 1);
  const fs::path other = save_run(elsewhere.path(), run_at_epoch(1), 3);
  const Comparison comparison = compare_checkpoints(one, other);
  EXPECT_EQ(comparison.first.name, one.string());
  EXPECT_EQ(comparison.second.name, other.string());
  EXPECT_EQ(comparison.state.kind, Kind::identical);
}

}  // namespace
}  // namespace lockstep::test
