// SPDX-License-Identifier: Apache-2.0
// Saves the state of a run while training goes on. At a step boundary every rank starts to copy its
// part of the state; a background thread then writes it; the ranks tell each other without waiting;
// rank 0 commits. A save is a checkpoint on all ranks or none (checkpoint/FORMAT.md).
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/worker.h"
#include "checkpoint/opened_directory.h"
#include "checkpoint/owner.h"
#include "checkpoint/stored_tokenizer.h"
#include "checkpoint/train_state.h"
#include "comm/world.h"
#include "config/run_config.h"
#include "model/gpt.h"
#include "optim/adamw.h"
#include "store/publish_order.h"
#include "train/commit.h"
#include "train/removal.h"
#include "train/run_observer.h"
#include "train/staging.h"
#include "train/wait.h"

namespace lockstep {

// The moment that is saved.
struct SaveMoment {
  SaveKind kind = SaveKind::epoch;
  TrainState state;
  double old_best_loss = 0.0;  // before this epoch
  double learning_rate = 0.0;
};

// THREADS: the thread that trains.
class Checkpointer {
 public:
  // What a checkpointer saves, and how. All references must outlive it.
  struct Parts {
    const RunConfig& config;
    Gpt& model;
    AdamW& optimizer;
    StoredTokenizer tokenizer;
    std::map<std::string, std::string> made_by;        // for the manifests
    RunObserver& observer;                             // told of what was committed, on rank 0
    bool takes_over = true;                            // from a process that is alive on this host
    std::chrono::seconds peer_timeout = kPeerTimeout;  // for what other ranks say of their part
  };

  // COLLECTIVE. Takes the directory and removes what a crash left there.
  // Throws SharedError(usage) where it would have to take over but must not.
  Checkpointer(World& world, Parts parts);
  // Waits for the thread and for a copy from the GPU, but not for ever where the file system hangs
  // or a rank is gone.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // COLLECTIVE. Throws SharedError(checkpoint) if the disk cannot hold one checkpoint, and warns if
  // it cannot hold those of a run of so many epochs. Rank 0 guesses here how long a save will take.
  void check_space(std::int64_t epochs);

  // COLLECTIVE. Starts to copy this rank's part of the state, which must not change before
  // wait_until_copied(). Waits for the save before this one, if that is still going on; not for the
  // removal of old files after it, which only the writing waits for.
  void begin();
  // Returns when the state may change again: normally at once.
  void wait_until_copied();
  // COLLECTIVE. Starts to write what begin() copied as the checkpoint of `moment`.
  void write(const SaveMoment& moment);

  // Looks after a save that is going on; never waits. To be called often, on every rank.
  void poll();
  // COLLECTIVE. Waits until the save in progress is committed or has failed, and old files are
  // gone.
  void finish();
  // COLLECTIVE. The same at the end of the run, where a failure is the caller's to tell.
  void finish_run();

  // Why the newest save failed, or what its names are missing for; empty if all is well. The same
  // on every rank after finish(); before, some ranks may know it earlier than others.
  const std::string& failure() const { return failure_; }
  // Whether a failed save is to end the run: if it was asked for, or another process has the run
  // directory now.
  bool wants_to_end() const;

  // The seconds that training has waited for saves since this was last asked.
  double take_stall_seconds();

  // Whether a save is going on. Ranks may hear of its end at different moments.
  bool is_saving() const { return stage_ != Stage::idle; }
  // How long a save may take: the longest so far, or a guess from its bytes.
  double expected_seconds() const {
    return longest_seconds_ > 0.0 ? longest_seconds_ : guessed_seconds_;
  }

  // The newest checkpoint: where it is, and the step it holds. At first the one that the run starts
  // from, if there is one.
  const std::string& newest() const { return newest_; }
  std::optional<std::int64_t> saved_step() const { return saved_step_; }
  // COLLECTIVE. The run goes on from `checkpoint`, whose state this is: other sets of that age and
  // newer ones are given up, a commit that was cut short is finished, and files that were lost
  // since the last save are made good. REQUIRES: nothing has been saved yet.
  void start_from(const std::string& checkpoint, const TrainState& state);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Stage { idle, copying, writing, reporting, committing, deciding };
  // Adds the time until the end of the scope to the stall.
  class StallTimer;

  bool is_on_gpu() const;
  bool advance();
  void wait_for_save();
  void start_writing();
  std::string part_outcome();
  std::string commit_outcome();
  void start_commit(const std::vector<std::string>& reports);
  void succeed(const std::string& unnamed);
  void fail(const std::string& problem);
  void wait_until_abandoned();
  Clock::duration deadline() const;
  SaveOrder order_for(const SaveMoment& moment) const;
  std::string next_draft_id();

  World& world_;
  const Parts parts_;
  std::string nonce_;  // of this process's drafts, the same on every rank
  std::int64_t drafts_ = 0;
  std::vector<std::string> given_up_;            // rank 0; see SaveOrder
  const std::shared_ptr<Staging> staging_;       // a job that hangs keeps it
  std::shared_ptr<OpenedDirectory> opened_;      // of the run, as this rank sees it
  std::shared_ptr<const DirectoryOwner> owner_;  // rank 0

  Stage stage_ = Stage::idle;
  Clock::time_point started_;
  Clock::time_point ordered_;  // to be written
  Patience attempt_{Clock::duration::zero()};
  int attempts_ = 0;
  std::shared_ptr<const SaveOrder> order_;
  std::future<void> copied_;                   // by the worker
  std::unique_ptr<HostCopy> copied_from_gpu_;  // by the GPU; order_ may be there before it is done
  std::future<PartReport> part_;
  std::shared_ptr<Commit> commit_;      // rank 0
  std::future<Committed> done_;         // by commit_
  std::optional<Committed> committed_;  // rank 0
  std::future<void> abandoned_;         // rank 0
  bool gave_up_ = false;                // on a job of the worker, which may never end
  std::unique_ptr<PendingTexts> pending_;
  double save_stall_seconds_ = 0.0;  // of the save in progress
  double stall_seconds_ = 0.0;

  double longest_seconds_ = 0.0;  // that a save has taken
  double guessed_seconds_ = 0.0;  // that the first will
  bool run_ends_ = false;
  std::string failure_;
  bool is_ousted_ = false;  // another process saves here now
  std::optional<std::int64_t> saved_step_;
  std::string newest_;
  Removal removal_;  // of old files. The next save is copied meanwhile, but written afterwards
  Worker worker_;    // last member: what its jobs read goes after them
};

}  // namespace lockstep
