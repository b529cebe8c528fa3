// SPDX-License-Identifier: Apache-2.0
// Counts what a rank sends.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "comm/collectives.h"

namespace lockstep::bench {

class CountingCollectives : public Collectives {
 public:
  explicit CountingCollectives(std::unique_ptr<Collectives> inner) : inner_(std::move(inner)) {}

  std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& outgoing,
                                          const std::vector<Incoming>& incoming) override {
    for (const Outgoing& each : outgoing)
      bytes_ += static_cast<std::int64_t>(each.values.size_bytes());
    return inner_->start(outgoing, incoming);
  }

  std::int64_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<Collectives> inner_;
  std::int64_t bytes_ = 0;
};

}  // namespace lockstep::bench
