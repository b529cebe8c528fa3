// SPDX-License-Identifier: Apache-2.0
// What a server counts, as Prometheus reads it (text format 0.0.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace lockstep {

// THREADS: any.
class ServiceMetrics {
 public:
  // A request that has been answered. `method` and `path` are each one of few, whatever clients
  // ask for, and have no quotes.
  void request_answered(const std::string& method, const std::string& path, int status,
                        double seconds);
  // A request for text that has been answered, or refused.
  void text_answered(int status, double seconds);

  std::string text(bool is_ready) const;

 private:
  static constexpr std::array kUpperBounds = {0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                                              0.5,   1.0,  2.5,   5.0,  10.0, 30.0};

  struct Histogram {
    std::array<std::uint64_t, kUpperBounds.size()> at_most{};  // observations up to each bound
    std::uint64_t count = 0;
    double sum = 0.0;

    void observe(double seconds);
    std::string text(const std::string& name) const;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> requests_;  // by labels
  std::map<std::string, std::uint64_t> texts_;
  Histogram request_latency_, text_latency_;
};

}  // namespace lockstep
