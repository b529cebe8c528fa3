// SPDX-License-Identifier: Apache-2.0
#include "train/checkpointer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "comm/all_or_none.h"
#include "export/adamw_groups.h"
#include "store/go_on_from.h"
#include "store/room.h"
#include "train/phase.h"
#include "train/save_outcome.h"

namespace lockstep {
namespace {

constexpr int kAttempts = 3;  // with --on-save-error retry
constexpr std::chrono::seconds kPauseBeforeRetry{1};
constexpr std::chrono::milliseconds kNap{1};
// With a file system that hangs; what it then leaves, the next start removes.
constexpr std::chrono::seconds kPatience{30};

constexpr double kGuessedBytesPerSecond = 100e6;  // until a save has been measured

template <class Value>
bool is_ready(const std::future<Value>& future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::int64_t whole_seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

class Checkpointer::StallTimer {
 public:
  explicit StallTimer(Checkpointer& owner) : owner_(owner) {}
  ~StallTimer() {
    const double seconds = seconds_between(start_, Clock::now());
    owner_.stall_seconds_ += seconds;
    owner_.save_stall_seconds_ += seconds;
  }
  StallTimer(const StallTimer&) = delete;
  StallTimer& operator=(const StallTimer&) = delete;

 private:
  Checkpointer& owner_;
  const Clock::time_point start_ = Clock::now();
};

Checkpointer::Checkpointer(World& world, Parts parts)
    : world_(world),
      parts_(std::move(parts)),
      nonce_(ask_rank_zero(world, [] { return std::to_string(std::random_device{}()); })),
      staging_(std::make_shared<Staging>(parts_.optimizer.range())),
      removal_(world, parts_.config.checkpoint) {
  all_or_none(world, [&] {
    if (is_on_gpu()) staging_->pin();
    if (world.rank() != 0) return;
    CheckpointDirectory directory(parts_.config.checkpoint.directory);
    if (!parts_.takes_over) refuse_if_owned(directory.path());
    directory.create_folders();
    owner_ = std::make_shared<const DirectoryOwner>(directory.path(), nonce_);
    directory.open();
  });
  opened_ = std::make_shared<OpenedDirectory>(parts_.config.checkpoint.directory);
}

bool Checkpointer::is_on_gpu() const { return parts_.model.parameters().is_on_gpu(); }

Checkpointer::~Checkpointer() {
  if (copied_.valid()) copied_.wait();  // it reads the live tensors
  const auto limit = Clock::now() + kPatience;
  // Behind numbers of a rank that is gone, a copy never ends: its memory then is never freed.
  if (copied_from_gpu_ && !ends_by(limit, *copied_from_gpu_))
    static_cast<void>(std::make_unique<std::shared_ptr<Staging>>(staging_).release());
  while (!worker_.is_idle() && Clock::now() < limit) std::this_thread::sleep_for(kNap);
  if (!worker_.is_idle()) worker_.leave();
}

void Checkpointer::check_space(std::int64_t epochs) {
  all_or_none(world_, [&] {
    if (world_.rank() != 0) return;
    const SaveOrder order = order_for({.kind = SaveKind::last_epoch, .state = {.step = 1}});
    guessed_seconds_ = static_cast<double>(bytes_of_save(order)) / kGuessedBytesPerSecond;
    check_room(order, parts_.config.checkpoint, epochs);
  });
}

void Checkpointer::begin() {
  const Clock::time_point before = Clock::now();
  wait_for_save();
  // Waiting for the save before is a cost of saving so soon again.
  save_stall_seconds_ = seconds_between(before, Clock::now());
  const StallTimer timer(*this);
  started_ = Clock::now();
  attempts_ = 0;
  stage_ = Stage::copying;
  order_.reset();
  if (gave_up_ && !worker_.is_idle()) return;  // write() says so
  gave_up_ = false;
  PerArray<const float*> live;
  live[StateArray::parameters] =
      parts_.model.parameters().values().data_ptr<float>() + parts_.optimizer.range().first;
  live[StateArray::exp_avg] = parts_.optimizer.exp_avg().data_ptr<float>();
  live[StateArray::exp_avg_sq] = parts_.optimizer.exp_avg_sq().data_ptr<float>();
  if (is_on_gpu())
    copied_from_gpu_ = staging_->start_copy_from_gpu(live);
  else
    copied_ = worker_.start([staging = staging_, live] { staging->copy(live); });
}

void Checkpointer::wait_until_copied() {
  if (copied_from_gpu_) copied_from_gpu_->hold_back_work();
  if (!copied_.valid()) return;
  const StallTimer timer(*this);
  copied_.get();
}

void Checkpointer::write(const SaveMoment& moment) {
  ordered_ = Clock::now();
  SaveOrder order = order_for(moment);
  // It has replaced what was given up under its name.
  if (commit_ && commit_->came_late()) std::erase(given_up_, commit_->set());
  order.given_up = given_up_;
  std::erase(order.given_up, order.set);  // this one replaces it
  order_ = std::make_shared<const SaveOrder>(std::move(order));
  if (!copied_from_gpu_ && !removal_.is_going_on()) start_writing();
}

void Checkpointer::start_writing() {
  auto order = std::make_shared<SaveOrder>(*order_);
  order->draft_id = next_draft_id();
  order_ = order;
  attempt_ = Patience(deadline());
  const bool is_retry = ++attempts_ > 1;
  stage_ = Stage::writing;
  if (gave_up_) return;
  part_ = worker_.start([order = order_, staging = staging_, opened = opened_, owner = owner_,
                         rank = world_.rank(), is_retry] {
    if (is_retry) std::this_thread::sleep_for(kPauseBeforeRetry);
    opened->check();
    if (owner) owner->check();
    return save_part(*order, rank, staging->slice());
  });
}

void Checkpointer::poll() {
  while (advance()) {
  }
}

void Checkpointer::finish() {
  wait_for_save();
  const StallTimer timer(*this);
  removal_.wait();
}

void Checkpointer::wait_for_save() {
  const StallTimer timer(*this);
  const Phase phase("waiting for a save to end");
  if (copied_from_gpu_) copied_from_gpu_->wait();
  if (stage_ == Stage::copying && !order_) {  // the run ends before it could be written
    wait_until_copied();
    copied_from_gpu_.reset();
    stage_ = Stage::idle;
  }
  // From now on: a validation, however long, may lie between the copy and its writing.
  const Patience patience(parts_.peer_timeout + (kAttempts + 1) * deadline());  // and of a removal
  const auto is_over = [&] {
    poll();
    return stage_ == Stage::idle;
  };
  if (!is_over())
    wait_until(
        is_over, patience,
        sentence("saving {0}: the other ranks did not say how their part went", {order_->set}));
  wait_until_abandoned();
}

void Checkpointer::finish_run() {
  run_ends_ = true;
  finish();
}

// What a failed save has written is gone before the next one needs the space, or the run ends.
void Checkpointer::wait_until_abandoned() {
  if (!abandoned_.valid()) return;
  if (!gave_up_ && abandoned_.wait_for(kPatience) != std::future_status::ready) gave_up_ = true;
  abandoned_ = {};
}

// One step of the save, or of the removal before it, if it can be made now.
bool Checkpointer::advance() {
  const bool is_overdue = attempt_.has_ended();
  if (removal_.advance()) return true;
  switch (stage_) {
    case Stage::idle: return false;
    case Stage::copying:  // a worker's copy is waited for by its next job; the GPU's is here
      if (!order_ || removal_.is_going_on()) return false;
      if (copied_from_gpu_ && !copied_from_gpu_->is_done()) return false;
      copied_from_gpu_.reset();
      start_writing();
      return true;
    case Stage::writing:
      if (part_.valid() && !is_ready(part_) && !is_overdue) return false;
      pending_ = world_.start_gather(part_outcome());
      stage_ = Stage::reporting;
      return true;
    case Stage::committing:
      if (!is_ready(done_) && !is_overdue) return false;
      pending_ = world_.start_gather(commit_outcome());
      stage_ = Stage::deciding;
      return true;
    case Stage::reporting:
    case Stage::deciding: break;
  }
  const std::optional<std::vector<std::string>> outcomes = pending_->poll();
  if (!outcomes) return false;
  is_ousted_ = is_ousted_ || are_ousted(*outcomes);
  if (const std::string problems = failures_in(*outcomes); !problems.empty())
    fail(problems);
  else if (stage_ == Stage::reporting)
    start_commit(*outcomes);
  else
    succeed(unnamed_in(*outcomes));
  return true;
}

// How long a part of a save may take.
Checkpointer::Clock::duration Checkpointer::deadline() const {
  return limit_of(parts_.config.checkpoint.save_deadline_seconds);
}

std::string Checkpointer::part_outcome() {
  if (!part_.valid())
    return failure_outcome(sentence("its thread is still busy with an earlier save"));
  if (!is_ready(part_)) {
    part_ = {};
    gave_up_ = true;
    // Where it ends after all, it may have made the draft anew.
    worker_.start([order = order_] { abandon_save(*order); });
    return failure_outcome(
        sentence("its part was not written within {0} s", {whole_seconds(deadline())}));
  }
  try {
    return success_outcome(report_to_text(part_.get()));
  } catch (const std::exception& error) {
    return failure_outcome(error);
  }
}

void Checkpointer::start_commit(const std::vector<std::string>& reports) {
  if (world_.rank() != 0) {
    pending_ = world_.start_gather(success_outcome(""));
    stage_ = Stage::deciding;
    return;
  }
  std::vector<PartReport> parts;
  parts.reserve(reports.size());
  for (const std::string& report : reports) parts.push_back(report_from_text(report_in(report)));
  commit_ = std::make_shared<Commit>(order_);
  done_ =
      worker_.start([opened = opened_, owner = owner_, parts = std::move(parts), commit = commit_] {
        opened->check();
        owner->check();
        return commit->run(parts);
      });
  stage_ = Stage::committing;
}

std::string Checkpointer::commit_outcome() {
  if (!is_ready(done_)) {
    done_ = {};
    gave_up_ = true;
    const std::int64_t seconds = whole_seconds(deadline());
    return commit_->give_up()
               ? failure_outcome(
                     sentence("the checkpoint was not committed within {0} s", {seconds}))
               : unnamed_outcome(sentence("they were not given within {0} s", {seconds}));
  }
  try {
    committed_ = done_.get();
    const std::string& problem = committed_->save.problem;
    return problem.empty() ? success_outcome(committed_->save.published.set)
                           : unnamed_outcome(problem);
  } catch (const std::exception& error) {
    return failure_outcome(error);
  }
}

// `unnamed`: why names are missing; empty if none is.
void Checkpointer::succeed(const std::string& unnamed) {
  stage_ = Stage::idle;
  failure_.clear();
  saved_step_ = order_->content.state.step;
  newest_ = set_of(*order_).string();
  std::erase(given_up_, order_->set);
  note_newest_checkpoint(newest_);
  longest_seconds_ = std::max(longest_seconds_, seconds_between(ordered_, Clock::now()));
  removal_.start(committed_ ? std::move(committed_->save.removed) : HeldFiles());
  if (!unnamed.empty()) {
    failure_ = sentence("{0} is committed, but has not got all of its names: {1}",
                        {set_of(*order_), unnamed});
    if (world_.rank() == 0 && !wants_to_end() && !run_ends_)
      log_error(sentence("{0}; training goes on, and the next save tries again", {failure_}));
    committed_.reset();
    return;
  }
  if (!committed_) return;
  parts_.observer.published(committed_->save.published,
                            {.step = *saved_step_,
                             .stall_seconds = save_stall_seconds_,
                             .seconds = seconds_between(started_, committed_->at),
                             .write_seconds = seconds_between(ordered_, committed_->at)});
  committed_.reset();
}

// The same on every rank: all have the same outcomes.
void Checkpointer::fail(const std::string& problem) {
  if (world_.rank() == 0) abandoned_ = worker_.start([order = order_] { abandon_save(*order); });
  const std::string what = sentence("saving {0}: {1}", {set_of(*order_), problem});
  const bool retries = parts_.config.checkpoint.on_save_error == SaveErrorPolicy::retry;
  if (retries && attempts_ < kAttempts && !is_ousted_) {
    if (world_.rank() == 0) log_warning(sentence("{0}; trying again", {what}));
    start_writing();
    return;
  }
  stage_ = Stage::idle;
  failure_ = what;
  const std::string before = newest_.empty() ? sentence("there is no checkpoint yet")
                                             : sentence("the last checkpoint is {0}", {newest_});
  if (world_.rank() == 0 && !wants_to_end() && !run_ends_)
    log_error(
        sentence("{0}; training goes on, the next save is made as usual, {1}", {what, before}));
}

bool Checkpointer::wants_to_end() const {
  const bool aborts = parts_.config.checkpoint.on_save_error == SaveErrorPolicy::abort_run;
  return is_ousted_ || (aborts && !failure_.empty());
}

void Checkpointer::start_from(const std::string& checkpoint, const TrainState& state) {
  newest_ = checkpoint;
  note_newest_checkpoint(newest_);
  saved_step_ = state.step;
  all_or_none(world_, [&] {
    if (world_.rank() == 0) given_up_ = go_on_from(checkpoint, state, parts_.config.checkpoint);
  });
}

double Checkpointer::take_stall_seconds() { return std::exchange(stall_seconds_, 0.0); }

SaveOrder Checkpointer::order_for(const SaveMoment& moment) const {
  const FlatLayout& layout = parts_.model.parameters().layout();
  const PublishOrder publish = publish_order(parts_.config.checkpoint, moment.state, moment.kind);
  return {.directory = parts_.config.checkpoint.directory,
          .set = moment.kind == SaveKind::within_epoch ? names::step_set(moment.state.step)
                                                       : names::epoch_set(moment.state.epoch),
          .draft_id = {},
          .shard_count = world_.size(),
          .content = {.state = moment.state,
                      .model = parts_.model.config(),
                      .layout = layout,
                      .groups = adamw_groups(layout, parts_.config.optim, moment.learning_rate),
                      .tokenizer = parts_.tokenizer},
          .learning_rate = moment.learning_rate,
          .old_best_loss = moment.old_best_loss,
          .has_pt = !publish.pt_names.empty(),
          .publish = publish,
          .given_up = {},
          .made_by = parts_.made_by};
}

std::string Checkpointer::next_draft_id() {
  constexpr std::size_t kDigits = 8;
  return digest_of(nonce_ + " " + std::to_string(drafts_++)).substr(0, kDigits);
}

}  // namespace lockstep
