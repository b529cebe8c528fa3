// SPDX-License-Identifier: Apache-2.0
// What is a checkpoint and what is none, where a part of a save fails; and when the names come that
// it could not give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "base/error.h"
#include "checkpoint/names.h"
#include "checkpoint/small_run.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

// Whether the first commit of a run succeeds where nothing can be made durable from its
// `call`-th system call on. It is a checkpoint only if so, and otherwise still a draft.
bool commits_until_call(int call) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SmallRun run(temp.path());
  const Manifest first = run.end_of_epoch(4.0);
  const fs::path draft = run.write_draft(first);
  system_calls().failing["fsync"] = EIO;
  system_calls().failing_from = system_calls().count + call;
  bool is_committed = true;
  try {
    run.directory.commit(draft, first.set);
  } catch (const Error&) {
    is_committed = false;
  }
  EXPECT_EQ(fs::exists(temp / "shards/epoch_0001"), is_committed) << "call " << call;
  EXPECT_EQ(fs::exists(draft), !is_committed) << "call " << call;
  return is_committed;
}

TEST(UnnamedSet, ACommitThatCannotBeMadeDurableIsNone) {
  int call = 1;
  while (call < 100 && !commits_until_call(call)) ++call;
  EXPECT_GT(call, 4);
  EXPECT_LT(call, 100);
}

// An epoch whose name is taken: committed, but not published.
Manifest commit_second_epoch(SmallRun& run, const fs::path& folder) {
  fs::create_directories(folder / "model_epoch_2.pt/mine");
  Manifest second = run.end_of_epoch(3.0);
  run.directory.commit(run.write_draft(second), second.set);
  return second;
}

// A name that cannot be given is told, and holds up neither the others' links nor the saves after.
TEST(UnnamedSet, ANameThatIsTakenIsToldAndGivenByTheNextSaveThatCan) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest second = commit_second_epoch(run, temp.path());
  EXPECT_THAT(run.directory.publish(second, 4.0).problem, HasSubstr("model_epoch_2.pt"));
  EXPECT_EQ(run.directory.linked_set("latest"), "epoch_0002");
  CaptureStderr();
  run.finish_epoch(2.0);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("giving epoch_0002 its names"));
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
  EXPECT_EQ(text_of(temp / "model_epoch_3.pt"), "epoch_0003");
  EXPECT_EQ(opened_again(run.directory), "");
  fs::remove_all(temp / "model_epoch_2.pt");
  run.finish_epoch(1.0);
  EXPECT_EQ(text_of(temp / "model_epoch_2.pt"), "epoch_0002");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0004");
}

// As on a full disk whose file system knows no hard links.
TEST(UnnamedSet, OldSetsAreRemovedEvenWhereNamesCannotBeGivenButNoneThatAwaitsItsOwn) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.keep_last_n = 1;
  for (int i = 0; i < 2; ++i) run.finish_epoch(5.0 - i);
  system_calls().failing["link"] = ENOSPC;
  CaptureStderr();
  for (int i = 2; i < 6; ++i) run.finish_epoch(5.0 - i);
  GetCapturedStderr();
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0003 epoch_0004 epoch_0005 epoch_0006 latest");
  EXPECT_TRUE(fs::exists(temp / "shards/epoch_0006" / names::kUnpublished));
  system_calls().failing.clear();
  run.finish_epoch(-1.0);
  EXPECT_EQ(listing(temp / "shards"), "best epoch_0006 epoch_0007 latest");
}

// As on a network file system that is away for a moment.
TEST(UnnamedSet, AFileThatCannotBeLookedAtIsNotTakenForOneThatHasItsNames) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest second = run.end_of_epoch(3.0);
  run.directory.commit(run.write_draft(second), second.set);
  system_calls().failing["lstat"] = ESTALE;
  EXPECT_THAT(run.directory.publish(second, 4.0).problem, HasSubstr("looking at"));
  system_calls().failing.clear();
  EXPECT_TRUE(fs::exists(temp / "shards/epoch_0002" / names::kSetPt));
  EXPECT_EQ(run.directory.publish(second, 4.0).problem, "");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0002");
  EXPECT_EQ(run.directory.linked_set("latest"), "epoch_0002");
}

TEST(UnnamedSet, AFullDiskMakesNoFailureOfWhatIsCommitted) {
  const SystemCallsRestored restored;
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest second = run.end_of_epoch(3.0);
  run.directory.commit(run.write_draft(second), second.set);
  system_calls().failing["symlink"] = ENOSPC;
  EXPECT_THAT(run.directory.publish(second, 4.0).problem, HasSubstr("symlink: No space left"));
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finishing the commit of epoch_0002: "));
  system_calls().failing.clear();
  EXPECT_THAT(opened_again(run.directory), HasSubstr("finished the commit of epoch_0002"));
  EXPECT_EQ(run.directory.linked_set("best"), "epoch_0002");
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0002");
}

// Between a failure and the save that makes up for it other epochs have ended.
TEST(UnnamedSet, AnOlderSetThatGetsItsNamesTakesNoneFromALaterOne) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest second = commit_second_epoch(run, temp.path());
  CaptureStderr();
  run.directory.publish(second, 4.0);
  run.finish_epoch(2.0);
  GetCapturedStderr();
  fs::remove_all(temp / "model_epoch_2.pt");
  const std::string history = text_of(temp / "training_history.json");
  run.stop_within_epoch();
  EXPECT_EQ(text_of(temp / "model_epoch_2.pt"), "epoch_0002");
  for (const char* const name : {"latest.pt", "model.pt", "best_model.pt"})
    EXPECT_EQ(text_of(temp / name), "epoch_0003") << name;
  EXPECT_EQ(text_of(temp / "training_history.json"), history);
}

// Its own save could not give it the name, and none has been better since.
TEST(UnnamedSet, AnOlderSetThatIsStillTheBestGetsThatNameToo) {
  const TempDirectory temp;
  SmallRun run(temp.path());
  run.finish_epoch(4.0);
  const Manifest second = run.end_of_epoch(3.0);
  run.directory.commit(run.write_draft(second), second.set);
  run.finish_epoch(5.0);
  EXPECT_EQ(text_of(temp / "best_model.pt"), "epoch_0002");
  EXPECT_EQ(text_of(temp / "model_epoch_2.pt"), "epoch_0002");
  EXPECT_EQ(text_of(temp / "latest.pt"), "epoch_0003");
}

}  // namespace
}  // namespace lockstep::test
