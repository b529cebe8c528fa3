// SPDX-License-Identifier: Apache-2.0
#include "lanes/host_queue.h"

namespace lockstep {

void HostQueue::start(const std::vector<Outgoing>& outgoing, const std::vector<Incoming>& incoming,
                      CUstream_st* /*stream*/) {
  work_.emplace_back(
      Exchange{.messages = {.outgoing = outgoing, .incoming = incoming}, .transfers = nullptr});
}

void HostQueue::add(const TreeSum& sum, std::span<const float* const> sources,
                    std::span<float> destination) {
  work_.emplace_back(Addition{
      .sum = &sum, .sources = {sources.begin(), sources.end()}, .destination = destination});
}

void HostQueue::poll() {
  for (; !work_.empty(); work_.pop_front()) {
    if (auto* const exchange = std::get_if<Exchange>(&work_.front())) {
      if (!begun(*exchange).poll()) return;
    } else {
      const auto& addition = std::get<Addition>(work_.front());
      addition.sum->add(addition.sources, addition.destination);
    }
  }
}

void HostQueue::finish() {
  for (poll(); !work_.empty(); poll()) begun(std::get<Exchange>(work_.front())).wait();
}

PendingTransfers& HostQueue::begun(Exchange& exchange) {
  if (!exchange.transfers)
    exchange.transfers = collectives_.start(exchange.messages.outgoing, exchange.messages.incoming);
  return *exchange.transfers;
}

}  // namespace lockstep
