// SPDX-License-Identifier: Apache-2.0
// The process is killed before every single system call of a commit and of a removal; then the next
// start must find the state before it or after it, to the last name, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "base/error.h"
#include "checkpoint/small_run.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

// What happened before the crash, and the save that it interrupts.
struct Scenario {
  const char* name;
  void (*before)(SmallRun& run);
  Manifest (*interrupted)(SmallRun& run);
};

Manifest epoch_with_loss_three(SmallRun& run) {
  run.content = "interrupted";
  return run.end_of_epoch(3.0);
}

Manifest within_an_epoch(SmallRun& run) {
  run.content = "interrupted";
  return run.within_epoch();
}

// The set that was saved last, once more.
Manifest the_same_again(SmallRun& run) {
  run.content = "interrupted";
  return *run.directory.sets().back().manifest;
}

void no_saves(SmallRun& /*run*/) {}

void three_epochs(SmallRun& run) {
  run.keep_last_n = 1;
  for (int i = 0; i < 3; ++i) run.finish_epoch(5.0 - i);
}

void epochs_and_steps(SmallRun& run) {
  run.has_pt = false;
  run.finish_epoch(2.0);
  for (int i = 0; i < 3; ++i) run.stop_within_epoch();
}

Tree opened_tree(const fs::path& path) {
  CheckpointDirectory directory(path);
  open_again(directory);
  return tree_of(path);
}

// Kills the save before its `call`-th call. Returns whether there was one; `outcome` is what the
// next start makes of it.
bool crash(const Scenario& scenario, int call, Tree& before, Tree& outcome) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  scenario.before(run);
  before = tree_of(temp.path());
  const Manifest manifest = scenario.interrupted(run);
  const bool died = dies_before_call(call, [&] { run.save(manifest); });
  testing::internal::CaptureStderr();
  outcome = opened_tree(temp.path());
  testing::internal::GetCapturedStderr();
  return died;
}

void sweep(const Scenario& scenario) {
  const SystemCallsRestored restored;
  system_calls().skip_fsync = true;
  Tree before;
  Tree after;
  ASSERT_FALSE(crash(scenario, 1'000'000, before, after));
  int old_states = 0;
  int new_states = 0;
  for (int call = 1;; ++call) {
    Tree outcome;
    const bool died = crash(scenario, call, before, outcome);
    if (outcome == after) {
      ++new_states;
    } else {
      ++old_states;
      EXPECT_EQ(outcome, before) << scenario.name << ", call " << call;
      EXPECT_EQ(new_states, 0) << scenario.name << ": call " << call << " undid the commit";
    }
    if (!died) break;
  }
  std::cout << scenario.name << ": " << old_states << " kills left the old state, "
            << new_states - 1 << " the new one\n";
  EXPECT_GT(old_states, 0);
  EXPECT_GT(new_states, 1);
}

TEST(Crash, InTheFirstSave) { sweep({"first save", no_saves, epoch_with_loss_three}); }

TEST(Crash, InASaveThatRetires) { sweep({"with retention", three_epochs, epoch_with_loss_three}); }

TEST(Crash, InASaveWithinAnEpoch) { sweep({"within an epoch", epochs_and_steps, within_an_epoch}); }

TEST(Crash, InASaveOfTheSameEpoch) { sweep({"the same epoch", three_epochs, the_same_again}); }

TEST(Crash, InASaveOfTheSameStep) { sweep({"the same step", epochs_and_steps, the_same_again}); }

TEST(Crash, InASaveOfTheSameEpochWhereNamesCannotBeExchanged) {
  const SystemCallsRestored restored;
  system_calls().failing["renameat2"] = EINVAL;
  sweep({"without exchange", three_epochs, the_same_again});
}

TEST(Crash, WhereNothingCanBeLinked) {
  const SystemCallsRestored restored;
  system_calls().failing["link"] = EPERM;
  system_calls().failing["symlink"] = EPERM;
  system_calls().failing["renameat2"] = EINVAL;
  sweep({"without links", three_epochs, epoch_with_loss_three});
}

TEST(Crash, InTheRemovalOfARunLeavesItsNewestSetOrNothing) {
  const SystemCallsRestored restored;
  system_calls().skip_fsync = true;
  int whole = 0;
  int nothing = 0;
  bool died = true;
  for (int call = 1; died; ++call) {
    const TempDirectory temp;
    SmallRun run(temp.path());
    three_epochs(run);
    run.stop_within_epoch();
    const Tree before = tree_of(temp / "shards/step_00000033");
    died = dies_before_call(call, [&] { run.directory.remove_run(); });
    testing::internal::CaptureStderr();
    run.directory.open();
    testing::internal::GetCapturedStderr();
    if (run.directory.holds_a_run()) {
      ++whole;
      EXPECT_EQ(nothing, 0);
      EXPECT_EQ(run.directory.sets().back().name, "step_00000033") << "call " << call;
      EXPECT_EQ(tree_of(temp / "shards/step_00000033"), before) << "call " << call;
    } else {
      ++nothing;
      EXPECT_EQ(listing(temp / "shards"), "") << "call " << call;
    }
  }
  std::cout << "removal: " << whole << " kills left the newest set, " << nothing - 1
            << " nothing\n";
  EXPECT_GT(whole, 0);
  EXPECT_GT(nothing, 1);
}

struct DisturbedCall {
  const char* call;
  bool is_of_a_second_save;  // only one that replaces a set makes it
};

// An error of any one call is an error of the save, and the next save is as good as ever.
TEST(Crash, AnErrorOfAnyCallDoesNoHarm) {
  const SystemCallsRestored restored;
  system_calls().skip_fsync = true;
  for (const auto& [call, is_of_a_second_save] :
       {DisturbedCall{"rename", false}, DisturbedCall{"renameat2", true},
        DisturbedCall{"link", false}, DisturbedCall{"symlink", false},
        DisturbedCall{"unlink", false}, DisturbedCall{"unlinkat", false},
        DisturbedCall{"remove", false}, DisturbedCall{"fsync", false},
        DisturbedCall{"pwrite", false}}) {
    const TempDirectory temp;
    const TempDirectory undisturbed;
    SmallRun run(temp.path());
    SmallRun other(undisturbed.path());
    three_epochs(run);
    three_epochs(other);
    testing::internal::CaptureStderr();
    const Manifest manifest = epoch_with_loss_three(run);
    if (is_of_a_second_save) run.save(manifest);
    system_calls().failing[call] = EIO;
    system_calls().refused = 0;
    const fs::path draft = run.write_draft(manifest);
    try {
      run.directory.commit(draft, manifest.set);
      run.directory.publish(manifest, run.old_best_loss);
    } catch (const Error&) {
    }
    system_calls().failing.clear();
    EXPECT_GT(system_calls().refused, 0) << call;
    run.directory.abandon(draft);
    run.content = other.content = "next";
    run.finish_epoch(1.0);
    run.directory.open();
    testing::internal::GetCapturedStderr();
    epoch_with_loss_three(other);
    other.content = "next";
    other.finish_epoch(1.0);
    EXPECT_EQ(text_of(temp / "latest.pt"), "next") << call;
    EXPECT_EQ(run.directory.epochs(), std::vector<std::int64_t>{5}) << call;
    EXPECT_EQ(run.directory.linked_set("latest"), "epoch_0005") << call;
    EXPECT_EQ(run.directory.linked_set("best"), "epoch_0005") << call;
    EXPECT_TRUE(run.directory.leftovers().empty()) << call;
    EXPECT_EQ(text_of(temp / "training_history.json"),
              text_of(undisturbed / "training_history.json"))
        << call;
  }
}

}  // namespace
}  // namespace lockstep::test
