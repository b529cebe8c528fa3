// SPDX-License-Identifier: Apache-2.0
// One background thread that runs one job at a time. A job must not call MPI, NCCL or CUDA:
// speaking to other ranks and to the device belongs to the thread that trains.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace lockstep {

// THREADS: one thread owns the worker and calls all of its functions.
class Worker {
 public:
  Worker() : thread_([this](const std::stop_token& stop) { run(stop); }) {}
  // Waits for the job that is running.
  ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // REQUIRES: is_idle().
  void start(std::function<void()> job);
  // Whether no job is waiting or running. Does not wait.
  bool is_idle();
  // Waits for the job; what it threw is thrown here, once.
  void finish();

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::function<void()>> job_;  // stays while it runs
  std::exception_ptr failure_;
  std::jthread thread_;  // last member: starts after the others, stops before them
};

}  // namespace lockstep
