// SPDX-License-Identifier: Apache-2.0
// One background thread that runs jobs in the order in which they were started. What a job returns
// or throws comes back through its future. A job must not call MPI, NCCL or CUDA: speaking to other
// ranks and to the device belongs to the thread that trains.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace lockstep {

// THREADS: one thread owns the worker and calls all of its functions.
class Worker {
 public:
  Worker() = default;
  // Waits for the job that is running; those that have not begun never do, and their futures throw.
  ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  template <class Job>
  auto start(Job job) {
    auto task = std::make_shared<std::packaged_task<decltype(job())()>>(std::move(job));
    auto result = task->get_future();
    add([task] { (*task)(); });
    return result;
  }

  // Whether no job is waiting or running. Does not wait.
  bool is_idle();

  // Lets the destructor wait for nothing: the job that is running, which may never end, is left to
  // itself. REQUIRES: it uses only what it owns; no job is started afterwards.
  void leave();

 private:
  // Shared with the thread, which may be left to itself.
  struct Queue {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<std::function<void()>> jobs;  // the front one is running
  };

  void add(std::function<void()> job);
  static void run(Queue& queue, const std::stop_token& stop);

  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::jthread thread_{[queue = queue_](const std::stop_token& stop) { run(*queue, stop); }};
};

}  // namespace lockstep
