// SPDX-License-Identifier: Apache-2.0
#include "report/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr ::mode_t kReadableByAll = 0666;  // less the umask
constexpr std::chrono::seconds kPatience{3};
constexpr std::int64_t kMostWaiting = 100'000;  // some 25 MB

Json number_json(double value) {
  const std::optional<std::string_view> name = non_finite_name(value);
  return name ? Json(*name) : Json(value);
}

// Whether the file of `descriptor` has an end that is not the end of a line. A pipe or a device
// has none.
bool ends_within_line(int descriptor) {
  struct ::stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    return false;
  }
  char last = '\n';
  return ::pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

// Waits for no reader of a pipe.
int open_to(int access, const std::filesystem::path& path) {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), access | kFlags | O_NONBLOCK, kReadableByAll);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, O_APPEND);
  return descriptor;
}

// Reading is needed to look at the last byte, and of a pipe that has no reader yet, but a device
// may only be writable. A pipe that has one must not be read from here, too: nothing would tell
// that the reader is gone, not even to what is written to /dev/stdout beside this.
int open_for_append(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_fifo(path, error)) {
    const int descriptor = open_to(O_WRONLY, path);
    if (descriptor >= 0 || errno != ENXIO) return descriptor;
  }
  const int descriptor = open_to(O_RDWR, path);
  if (descriptor >= 0 || errno != EACCES) return descriptor;
  return open_to(O_WRONLY, path);
}

}  // namespace

std::string metrics_line(const StepMetrics& metrics) {
  const Json line = {{"step", metrics.step},
                     {"epoch", metrics.epoch},
                     {"loss", number_json(metrics.loss)},
                     {"learning_rate", number_json(metrics.learning_rate)},
                     {"gradient_norm", number_json(metrics.gradient_norm)},
                     {"skipped_steps", metrics.skipped_steps},
                     {"tokens_per_second", number_json(metrics.tokens_per_second)},
                     {"seconds", number_json(metrics.seconds)},
                     {"step_seconds", number_json(metrics.step_seconds)},
                     {"save_stall_seconds", number_json(metrics.save_stall_seconds)}};
  return line.dump();
}

std::string metrics_line(const EpochMetrics& metrics) {
  const Json line = {{"event", "epoch"},
                     {"epoch", metrics.epoch},
                     {"step", metrics.step},
                     {"train_loss", number_json(metrics.train_loss)},
                     {"val_loss", number_json(metrics.val_loss)}};
  return line.dump();
}

std::string metrics_line(const SaveMetrics& metrics) {
  const Json line = {{"event", "saved"},
                     {"set", metrics.set},
                     {"step", metrics.step},
                     {"bytes", metrics.bytes},
                     {"stall_seconds", metrics.stall_seconds},
                     {"seconds", metrics.seconds},
                     {"write_seconds", metrics.write_seconds}};
  return line.dump();
}

// THREADS: one after the other.
class MetricsFile::Lines {
 public:
  explicit Lines(std::filesystem::path path) : path_(std::move(path)) {
    descriptor_ = open_for_append(path_);
    if (descriptor_ < 0)
      throw Error(
          ErrorKind::input,
          sentence("opening metrics file {0}: {1}; give --metrics-file a file in a folder that "
                   "exists and can be written",
                   {path_, errno_text(errno)}));
    line_is_torn_ = ends_within_line(descriptor_);
  }
  ~Lines() { ::close(descriptor_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  void write(const std::string& line) {
    const std::string text = (line_is_torn_ ? "\n" : "") + line + "\n";
    for (std::string_view left = text; !left.empty(); line_is_torn_ = !left.empty()) {
      const ::ssize_t written = ::write(descriptor_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return warn_once(errno_text(errno));
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void warn_once(const std::string& reason) {
    if (has_warned_.exchange(true)) return;
    log_warning(sentence(
        "writing metrics file {0}: {1}; training goes on, but steps may be missing from the file",
        {path_, reason}));
  }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool line_is_torn_ = false;
  std::atomic<bool> has_warned_ = false;
};

MetricsFile::MetricsFile(const std::filesystem::path& path)
    : lines_(std::make_shared<Lines>(path)) {}

MetricsFile::~MetricsFile() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!writer_.is_idle() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (!writer_.is_idle()) writer_.leave();
}

void MetricsFile::append_line(std::string line) {
  is_late_ = is_late_ && !writer_.is_idle();
  if (!is_late_) waiting_ = 0;
  if (++waiting_ > kMostWaiting) return;
  const std::future<void> written =
      writer_.start([lines = lines_, line = std::move(line)] { lines->write(line); });
  if (is_late_ || written.wait_for(kPatience) == std::future_status::ready) return;
  is_late_ = true;
  lines_->warn_once(sentence("nobody takes what is written to it"));
}

}  // namespace lockstep
