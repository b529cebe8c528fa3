// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

namespace lockstep {

bool Worker::is_idle() {
  const std::lock_guard lock(mutex_);
  return jobs_.empty();
}

void Worker::add(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void Worker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !jobs_.empty(); }) && !stop.stop_requested()) {
    const std::function<void()> job = jobs_.front();
    lock.unlock();
    job();
    lock.lock();
    jobs_.pop_front();
  }
}

}  // namespace lockstep
