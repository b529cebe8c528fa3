// SPDX-License-Identifier: Apache-2.0
#include "train/checkpointer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "checkpoint/directory.h"
#include "checkpoint/names.h"
#include "comm/solo_world.h"
#include "store/verify.h"
#include "support/message_of.h"
#include "support/thread_world.h"
#include "train/checkpointer_fixture.h"
#include "train/restore.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using test::CheckpointerTest;
using test::epoch_moment;
using test::Replica;
using testing::HasSubstr;
using testing::Not;

class Saves : public RunObserver {
 public:
  void published(const Published& published, const SaveReport& /*report*/) override {
    all.push_back(published);
  }
  std::vector<Published> all;
};

TEST_F(CheckpointerTest, WhatOneWorldSavedEveryRankOfAnotherGets) {
  SoloWorld alone;
  Replica saved(alone, config_, /*seed=*/7);
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    EXPECT_EQ(failure_of_save(checkpointer, 1), "");
    EXPECT_EQ(checkpointer.newest(), set("epoch_0001").string());
  });
  test::run_ranks(3, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Replica fresh(world, config_, /*seed=*/static_cast<std::uint64_t>(world.rank()) + 20);
    restore_run(world, collectives, set("epoch_0001"), 7, fresh.model, fresh.optimizer);
    EXPECT_TRUE(fresh.model.parameters().values().equal(saved.model.parameters().values()));
    const ElementRange& mine = fresh.optimizer.range();
    const auto owned = [&](const at::Tensor& all) {
      return all.narrow(0, mine.first, mine.count());
    };
    EXPECT_TRUE(fresh.optimizer.exp_avg().equal(owned(saved.optimizer.exp_avg())));
    EXPECT_TRUE(fresh.optimizer.exp_avg_sq().equal(owned(saved.optimizer.exp_avg_sq())));
    EXPECT_EQ(fresh.optimizer.steps(), 7);
  });
}

TEST_F(CheckpointerTest, TheRunEndsOnEveryRankWhenAnotherProcessHasTakenTheDirectory) {
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    checkpointer.begin();
    checkpointer.write(epoch_moment(1));
    checkpointer.finish();
    EXPECT_FALSE(checkpointer.wants_to_end());
    if (world.rank() == 0) DirectoryOwner(config_.checkpoint.directory, "of another process");
    checkpointer.begin();
    checkpointer.write(epoch_moment(2));
    checkpointer.finish();
    EXPECT_THAT(checkpointer.failure(), HasSubstr("the run directory was taken by a later start"));
    EXPECT_TRUE(checkpointer.wants_to_end());
    EXPECT_EQ(checkpointer.newest(), set("epoch_0001").string());
    world.gather_all(std::vector<double>{});
    EXPECT_FALSE(fs::exists(set("epoch_0002")));
  });
}

TEST_F(CheckpointerTest, ANewRunLeavesTheDirectoryToAProcessThatIsAlive) {
  const DirectoryOwner other(config_.checkpoint.directory, "of another process");
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer::Parts of_new_run = parts(mine, silent);
    of_new_run.takes_over = false;
    EXPECT_THAT(test::message_of([&] { Checkpointer(world, of_new_run); }, ErrorKind::usage),
                HasSubstr("is running there; wait for it or stop it"));
  });
  EXPECT_NO_THROW(other.check());
}

TEST_F(CheckpointerTest, ADirectoryThatWasMovedAwayIsNotMadeAnewAndFailsTheSavesUntilItIsBack) {
  const fs::path directory = config_.checkpoint.directory;
  const fs::path away = temp_ / "away";
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    const auto move = [&](const fs::path& from, const fs::path& to) {
      world.gather_all("all have looked at what is there now");
      if (world.rank() == 0) fs::rename(from, to);
      world.gather_all("moved");
    };
    EXPECT_EQ(failure_of_save(checkpointer, 1), "");
    move(directory, away);
    EXPECT_THAT(failure_of_save(checkpointer, 2),
                HasSubstr("rank 0: using the run directory " + directory.string() +
                          ": it is not there any more"));
    EXPECT_THAT(checkpointer.failure(), HasSubstr("rank 1: using the run directory "));
    EXPECT_FALSE(checkpointer.wants_to_end());
    EXPECT_FALSE(fs::exists(directory));
    move(away, directory);
    EXPECT_EQ(failure_of_save(checkpointer, 3), "");
    EXPECT_EQ(checkpointer.newest(), set("epoch_0003").string());
  });
}

TEST_F(CheckpointerTest, ACheckpointWhoseNamesCannotAllBeGivenIsOneAllTheSame) {
  fs::create_directories(fs::path(config_.checkpoint.directory) / "model_epoch_1.pt" / "mine");
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    EXPECT_THAT(failure_of_save(checkpointer, 1),
                HasSubstr("epoch_0001 is committed, but has not got all of its names"));
    EXPECT_EQ(checkpointer.newest(), set("epoch_0001").string());
    EXPECT_EQ(checkpointer.saved_step(), 7);
    EXPECT_EQ(failure_of_save(checkpointer, 2), "");
    EXPECT_EQ(checkpointer.newest(), set("epoch_0002").string());
    if (world.rank() == 0) fs::create_directory(set("epoch_0002") / names::kUnpublished);
    EXPECT_THAT(failure_of_save(checkpointer, 3), HasSubstr("epoch_0003 is committed, but"));
    EXPECT_EQ(checkpointer.saved_step(), 21);
  });
}

TEST_F(CheckpointerTest, TheRootIsTheSameAtAnyWorldSizeAndInThePtFile) {
  std::vector<std::string> roots;
  for (const int ranks : {1, 2, 4}) {
    config_.checkpoint.directory = (temp_ / ("world" + std::to_string(ranks))).string();
    CheckpointDirectory(config_.checkpoint.directory).open();
    test::run_ranks(ranks, [&](World& world) {
      Replica mine(world, config_, /*seed=*/7);
      Saves saves;
      Checkpointer checkpointer(world, parts(mine, saves));
      checkpointer.begin();
      checkpointer.write(epoch_moment(1));
      checkpointer.finish();
      if (world.rank() == 0) roots.push_back(saves.all.at(0).root);
    });
    const Verification pt = verify_checkpoint(fs::path(config_.checkpoint.directory) / "latest.pt");
    EXPECT_TRUE(pt.ok());
    roots.push_back(pt.root);
  }
  EXPECT_EQ(roots, std::vector<std::string>(6, roots.front()));
}

TEST_F(CheckpointerTest, ValuesThatChangeAfterTheCopyAreSavedAsTheyWere) {
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, /*seed=*/7);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    checkpointer.begin();
    checkpointer.wait_until_copied();
    mine.model.parameters().values().zero_();
    mine.optimizer.exp_avg().fill_(99.0);
    mine.optimizer.exp_avg_sq().fill_(98.0);
    checkpointer.write(epoch_moment(1));
    checkpointer.finish();
  });
  test::run_ranks(1, [&](test::ThreadWorld& world) {
    test::ThreadCollectives collectives(world);
    Replica fresh(world, config_, /*seed=*/1);
    restore_run(world, collectives, set("epoch_0001"), 7, fresh.model, fresh.optimizer);
    Replica as_saved(world, config_, /*seed=*/7);
    EXPECT_TRUE(fresh.model.parameters().values().equal(as_saved.model.parameters().values()));
    EXPECT_TRUE(fresh.optimizer.exp_avg().equal(as_saved.optimizer.exp_avg()));
    EXPECT_TRUE(fresh.optimizer.exp_avg_sq().equal(as_saved.optimizer.exp_avg_sq()));
  });
}

// One of three hosts does not see the folder of the run, and later does.
TEST_F(CheckpointerTest, AFailureOfOneRankIsAFailureOnAllAndTheNextSaveSucceeds) {
  RunConfig config_of_last = config_;
  config_of_last.checkpoint.directory = (temp_ / "seen by the last rank").string();
  const fs::path seen = config_of_last.checkpoint.directory;
  std::ofstream(seen) << "in the way";
  test::run_ranks(3, [&](World& world) {
    Replica mine(world, config_, 1);
    Saves saves;
    Checkpointer checkpointer(world,
                              parts(mine, saves, world.rank() == 2 ? config_of_last : config_));
    checkpointer.begin();
    checkpointer.write(epoch_moment(1));
    checkpointer.finish();
    EXPECT_THAT(checkpointer.failure(), HasSubstr("/shards/epoch_0001: rank 2: creating"));
    for (const char* of_others : {"rank 0: ", "rank 1: "})
      EXPECT_THAT(checkpointer.failure(), Not(HasSubstr(of_others)));
    world.gather_all("the save has failed");
    EXPECT_FALSE(fs::exists(set("epoch_0001")));
    if (world.rank() == 2) {
      fs::remove(seen);
      fs::create_directory_symlink(config_.checkpoint.directory, seen);
    }
    world.gather_all("the folder is seen");
    checkpointer.begin();
    checkpointer.write(epoch_moment(2));
    checkpointer.finish();
    EXPECT_EQ(checkpointer.failure(), "");
    EXPECT_EQ(saves.all.size(), world.rank() == 0 ? 1U : 0U);
  });
}

// Of two stops the newer one turned out to be damaged, and the run goes on from the older one. The
// save that would replace the newer one fails.
TEST_F(CheckpointerTest, WhatARunGivesUpCostsNoneOfItsSets) {
  SoloWorld solo;
  Replica mine(solo, config_, 1);
  RunObserver silent;
  const auto stop_at = [&](Checkpointer& checkpointer, std::int64_t step) {
    checkpointer.begin();
    checkpointer.write({.kind = SaveKind::within_epoch,
                        .state = {.step = step, .cursor = step},
                        .learning_rate = 1e-3});
    checkpointer.finish();
    return checkpointer.failure();
  };
  {
    Checkpointer before(solo, parts(mine, silent));
    for (const std::int64_t step : {10, 11}) EXPECT_EQ(stop_at(before, step), "");
  }
  Checkpointer after(solo, parts(mine, silent));
  after.start_from(set("step_00000010").string(), {.step = 10, .cursor = 10});
  fs::rename(config_.checkpoint.directory, temp_ / "away");
  EXPECT_THAT(stop_at(after, 11), HasSubstr("it is not there any more"));
  fs::rename(temp_ / "away", config_.checkpoint.directory);
  EXPECT_EQ(stop_at(after, 20), "");
  EXPECT_TRUE(fs::exists(set("step_00000010")));
  EXPECT_FALSE(fs::exists(set("step_00000011")));
  EXPECT_TRUE(fs::exists(set("step_00000020")));
}

TEST_F(CheckpointerTest, AFailedSaveLeavesNothingWhenTheRunEnds) {
  std::ofstream(set("epoch_0001")) << "in the way";
  test::run_ranks(2, [&](World& world) {
    Replica mine(world, config_, 1);
    RunObserver silent;
    Checkpointer checkpointer(world, parts(mine, silent));
    EXPECT_THAT(failure_of_save(checkpointer, 1), HasSubstr("committing"));
    if (world.rank() != 0) return;
    const auto left = fs::directory_iterator(set("epoch_0001").parent_path());
    EXPECT_EQ(std::distance(begin(left), end(left)), 2);  // that, and the owner's mark
  });
}

}  // namespace
}  // namespace lockstep
