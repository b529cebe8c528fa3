// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <string_view>

#include "base/printable.h"
#include "base/sentence.h"
#include "base/terminal.h"

namespace lockstep {
namespace {

std::atomic<bool> erases_line{false};

class LineErasure : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& /*message*/, const std::tm&,
              spdlog::memory_buf_t& line) override {
    constexpr std::string_view kErase = "\r\x1b[K";
    if (erases_line) line.append(kErase.data(), kErase.data() + kErase.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<LineErasure>();
  }
};

// "warning" or "error", in the language of this process.
class LevelWord : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    const std::string word =
        message.level == spdlog::level::warn ? sentence("warning") : sentence("error");
    line.append(word.data(), word.data() + word.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<LevelWord>();
  }
};

// %E is the erasure, %L the level, coloured; `speaker` stands behind it.
void set_pattern(spdlog::logger& logger, const std::string& speaker) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LineErasure>('E').add_flag<LevelWord>('L').set_pattern("%E%^%L%$" + speaker +
                                                                             ": %v");
  logger.set_formatter(std::move(formatter));
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created = spdlog::stderr_color_mt(
        "lockstep", wants_colors() ? spdlog::color_mode::automatic : spdlog::color_mode::never);
    set_pattern(*created, {});
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

std::string rank_name(int rank) { return sentence("rank {0} on {1}", {rank, host_name()}); }

void name_log_after_rank(int rank, int world_size) {
  if (world_size == 1) return;
  set_pattern(logger(), " (" + rank_name(rank) + ")");
}

void erase_line_before_log(bool erases) { erases_line = erases; }

void log_warning(const std::string& text) { logger().warn("{}", printable(text)); }
void log_error(const std::string& text) { logger().error("{}", printable(text)); }

}  // namespace lockstep
