// SPDX-License-Identifier: Apache-2.0
// For a processor what a stream is for a GPU: work that is done in the order in which it was
// started, beside what the thread does meanwhile. Nothing happens but when the thread asks for it.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "comm/stream_collectives.h"
#include "lanes/tree_sum.h"

namespace lockstep {

// THREADS: those of the Collectives. The streams that are named are all this one.
class HostQueue : public StreamCollectives {
 public:
  // `collectives` must outlive the queue.
  explicit HostQueue(Collectives& collectives) : collectives_(collectives) {}

  void start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
             CUstream_st* stream) override;
  void check() override {}
  // `sum` must stay until it is done.
  void add(const TreeSum& sum, std::span<const float* const> sources, std::span<float> destination);

  // Does what can be done now, without waiting for a rank.
  void poll();
  // Does everything. Throws Error(communication) if a rank does not answer.
  void finish();

 private:
  struct Exchange {
    Messages messages;
    std::unique_ptr<PendingTransfers> transfers;  // null: not begun
  };
  struct Addition {
    const TreeSum* sum = nullptr;
    std::vector<const float*> sources;
    std::span<float> destination;
  };

  PendingTransfers& begun(Exchange& exchange);

  Collectives& collectives_;
  std::deque<std::variant<Exchange, Addition>> work_;
};

}  // namespace lockstep
