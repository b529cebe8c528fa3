// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

namespace lockstep {

bool Worker::is_idle() {
  const std::lock_guard lock(queue_->mutex);
  return queue_->jobs.empty();
}

void Worker::leave() {
  thread_.request_stop();
  thread_.detach();
}

void Worker::add(std::function<void()> job) {
  const std::lock_guard lock(queue_->mutex);
  queue_->jobs.push_back(std::move(job));
  queue_->changed.notify_all();
}

void Worker::run(Queue& queue, const std::stop_token& stop) {
  std::unique_lock lock(queue.mutex);
  while (queue.changed.wait(lock, stop, [&] { return !queue.jobs.empty(); }) &&
         !stop.stop_requested()) {
    const std::function<void()> job = queue.jobs.front();
    lock.unlock();
    job();
    lock.lock();
    queue.jobs.pop_front();
  }
}

}  // namespace lockstep
