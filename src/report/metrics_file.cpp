// SPDX-License-Identifier: Apache-2.0
#include "report/metrics_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr ::mode_t kReadableByAll = 0666;  // less the umask
constexpr int kPatienceMilliseconds = 3'000;

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

// Where nobody reads from a pipe, a write must not wait for ever.
int open_to(int access, const std::filesystem::path& path) {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  return ::open(path.c_str(), access | kFlags, kReadableByAll);
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

MetricsFile::MetricsFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = open_for_append(path_);
  if (descriptor_ < 0) {
    throw Error(
        ErrorKind::input,
        sentence("opening metrics file {0}: {1}; give --metrics-file a file in a folder that "
                 "exists and can be written",
                 {path_, errno_text(errno)}));
  }
  line_is_torn_ = ends_within_line(descriptor_);
}

MetricsFile::~MetricsFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void MetricsFile::append_line(const std::string& line) {
  write((line_is_torn_ ? "\n" : "") + line + "\n");
}

void MetricsFile::write(std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      if (is_read_from()) continue;
      return warn_once(sentence("nobody reads from it"));
    }
    if (written <= 0) return warn_once(errno_text(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
    line_is_torn_ = !text.empty();
  }
}

// A reader that has once taken nothing for long is not waited for again.
bool MetricsFile::is_read_from() const {
  if (warned_) return false;
  ::pollfd pipe = {.fd = descriptor_, .events = POLLOUT, .revents = 0};
  const int ready = ::poll(&pipe, 1, kPatienceMilliseconds);
  return ready > 0 || (ready < 0 && errno == EINTR);  // a request to stop says nothing of readers
}

void MetricsFile::warn_once(const std::string& reason) {
  if (std::exchange(warned_, true)) return;
  log_warning(sentence(
      "writing metrics file {0}: {1}; training goes on, but steps are missing from the file",
      {path_, reason}));
}

}  // namespace lockstep
