// SPDX-License-Identifier: Apache-2.0
// Counts what a rank sends.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "comm/collectives.h"
#include "comm/private_window.h"

namespace lockstep::bench {

class CountingCollectives : public Collectives {
 public:
  // Without windows, as between machines, or with what `inner` has of them.
  CountingCollectives(std::unique_ptr<Collectives> inner, bool has_windows)
      : inner_(std::move(inner)), has_windows_(has_windows) {}

  std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& outgoing,
                                          const std::vector<Incoming>& incoming) override {
    for (const Outgoing& each : outgoing)
      bytes_ += static_cast<std::int64_t>(each.values.size_bytes());
    return inner_->start(outgoing, incoming);
  }

  std::unique_ptr<SharedWindow> share(std::size_t count) override {
    return has_windows_ ? inner_->share(count) : make_private_window(count);
  }

  std::int64_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<Collectives> inner_;
  bool has_windows_;
  std::int64_t bytes_ = 0;
};

}  // namespace lockstep::bench
