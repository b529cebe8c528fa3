// SPDX-License-Identifier: Apache-2.0
// Batches as tensors, read ahead by a thread of their own. Which windows come next is decided by
// the caller's function, so the stream itself has no state that a checkpoint would need.
#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "batches/windows.h"
#include "text/token_file.h"
#include "text/unchanged_tokens.h"

namespace lockstep {

// Shapes: B sequences, T tokens; int64.
struct Batch {
  at::Tensor inputs_BT;
  at::Tensor targets_BT;
};

// The windows of the next batch; an empty list ends the stream.
using NextWindows = std::function<std::vector<std::int64_t>()>;

// Where the tensors are: pinned memory is what a GPU copies from by itself.
enum class BatchMemory { host, pinned };

// THREADS: next() from one thread; `next_windows` is called on the stream's own thread.
class BatchStream {
 public:
  // `tokens` must outlive the stream.
  BatchStream(const TokenFile& tokens, Windows windows, NextWindows next_windows,
              BatchMemory memory = BatchMemory::host);

  // The next batch, waiting for it if need be. Throws Error(input) when somebody has changed the
  // tokens meanwhile. REQUIRES: the stream has not ended.
  Batch next();

 private:
  void read_ahead(const std::stop_token& stop);
  Batch read(const std::vector<std::int64_t>& windows);

  const TokenFile& tokens_;
  UnchangedTokens unchanged_;
  const Windows windows_;
  const NextWindows next_windows_;
  const BatchMemory memory_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Batch> ready_;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::jthread thread_;  // last member: starts after, and stops before, the others
};

}  // namespace lockstep
