// SPDX-License-Identifier: Apache-2.0
#include "batches/batch_stream.h"

#include <ATen/ATen.h>

#include <utility>

#include "base/error.h"

namespace lockstep {
namespace {

constexpr std::size_t kBatchesAhead = 4;

}  // namespace

BatchStream::BatchStream(const TokenFile& tokens, Windows windows, NextWindows next_windows,
                         BatchMemory memory)
    : tokens_(tokens),
      unchanged_(tokens),
      windows_(windows),
      next_windows_(std::move(next_windows)),
      memory_(memory),
      thread_([this](const std::stop_token& stop) { read_ahead(stop); }) {}

Batch BatchStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    throw Error(ErrorKind::internal, "reading a batch: the stream has ended");
  }
  Batch batch = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return batch;
}

void BatchStream::read_ahead(const std::stop_token& stop) {
  std::exception_ptr failure;
  try {
    for (;;) {
      const std::vector<std::int64_t> windows = next_windows_();
      if (windows.empty()) break;
      Batch batch = read(windows);
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return ready_.size() < kBatchesAhead; })) return;
      ready_.push_back(std::move(batch));
      changed_.notify_all();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  ended_ = true;
  changed_.notify_all();
}

Batch BatchStream::read(const std::vector<std::int64_t>& windows) {
  unchanged_.check();
  const auto B = static_cast<std::int64_t>(windows.size());
  const std::int64_t T = windows_.context;
  const at::TensorOptions options =
      at::TensorOptions(at::kLong).pinned_memory(memory_ == BatchMemory::pinned);
  Batch batch{.inputs_BT = at::empty({B, T}, options), .targets_BT = at::empty({B, T}, options)};
  auto* const inputs = batch.inputs_BT.data_ptr<std::int64_t>();
  auto* const targets = batch.targets_BT.data_ptr<std::int64_t>();
  for (std::int64_t b = 0; b < B; ++b) {
    const std::int64_t start = windows_.start_of(windows[static_cast<std::size_t>(b)]);
    tokens_.copy(start, T, inputs + b * T);
    tokens_.copy(start + 1, T, targets + b * T);
  }
  return batch;
}

}  // namespace lockstep
