// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>

#include "base/printable.h"
#include "base/terminal.h"

namespace lockstep {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created = spdlog::stderr_color_mt(
        "lockstep", wants_colors() ? spdlog::color_mode::automatic : spdlog::color_mode::never);
    created->set_pattern("%^%l%$: %v");
    return created;
  }();
  return *instance;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string rank_name(int rank) { return "rank " + std::to_string(rank) + " on " + host_name(); }

void name_log_after_rank(int rank, int world_size) {
  if (world_size == 1) return;
  logger().set_pattern("%^%l%$ (" + rank_name(rank) + "): %v");
}

void log_warning(const std::string& text) { logger().warn("{}", printable(text)); }
void log_error(const std::string& text) { logger().error("{}", printable(text)); }

}  // namespace lockstep
