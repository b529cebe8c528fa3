// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

#include <cassert>
#include <utility>

namespace lockstep {

void Worker::start(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  assert(!job_);
  job_ = std::move(job);
  changed_.notify_all();
}

bool Worker::is_idle() {
  const std::lock_guard lock(mutex_);
  return !job_;
}

void Worker::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !job_; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Worker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return job_.has_value(); })) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      (*job_)();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    job_.reset();
    changed_.notify_all();
  }
}

}  // namespace lockstep
