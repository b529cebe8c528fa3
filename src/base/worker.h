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
  Worker() : thread_([this](const std::stop_token& stop) { run(stop); }) {}
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

 private:
  void add(std::function<void()> job);
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> jobs_;  // the front one is running
  std::jthread thread_;  // last member: starts after the others, stops before them
};

}  // namespace lockstep
