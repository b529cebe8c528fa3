// SPDX-License-Identifier: Apache-2.0
#include "comm/activity.h"

#include <atomic>
#include <mutex>

namespace lockstep {
namespace {

std::atomic<std::int64_t> step_in_progress = 0;
std::atomic<const char*> current_doing = "";
std::atomic<int> waits_in_progress = 0;
std::atomic<std::uint64_t> moves_made = 0;

struct NewestCheckpoint {
  std::mutex mutex;
  std::string path;
};

NewestCheckpoint& newest() {
  static NewestCheckpoint instance;
  return instance;
}

}  // namespace

Activity current_activity() {
  return {.step = step_in_progress,
          .what = current_doing,
          .waits = waits_in_progress > 0,
          .moves = moves_made};
}

void begin_step(std::int64_t step) {
  step_in_progress = step;
  note_progress();
}

void note_progress() { ++moves_made; }

void note_newest_checkpoint(const std::string& path) {
  const std::lock_guard lock(newest().mutex);
  newest().path = path;
}

std::string newest_checkpoint() {
  const std::lock_guard lock(newest().mutex);
  return newest().path;
}

Doing::Doing(const char* what) : before_(current_doing.exchange(what)) { note_progress(); }

Doing::~Doing() {
  current_doing = before_;
  note_progress();
}

WaitingForRanks::WaitingForRanks() { ++waits_in_progress; }

WaitingForRanks::~WaitingForRanks() { --waits_in_progress; }

}  // namespace lockstep
