// SPDX-License-Identifier: Apache-2.0
// The file of --metrics-file: one JSON object a line, for each step, epoch and save, for people's
// own plots. It is a by-product, so a disk that fills up or does not answer, or a pipe that nobody
// reads from, costs the numbers, never the training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/worker.h"

namespace lockstep {

struct StepMetrics {
  std::int64_t step = 0;
  std::int64_t epoch = 0;  // counted from 1
  double loss = 0.0;
  double learning_rate = 0.0;
  double gradient_norm = 0.0;
  std::int64_t skipped_steps = 0;  // in the whole run
  double tokens_per_second = 0.0;
  double seconds = 0.0;  // since the run began
  double step_seconds = 0.0;
  double save_stall_seconds = 0.0;  // waited for a save before or in this step
};

// An epoch that was validated: a line with "event": "epoch".
struct EpochMetrics {
  std::int64_t epoch = 0;  // counted from 1
  std::int64_t step = 0;   // that it ended with
  double train_loss = 0.0;
  double val_loss = 0.0;
};

// A checkpoint that was committed: a line with "event": "saved".
struct SaveMetrics {
  std::string set;
  std::int64_t step = 0;
  std::int64_t bytes = 0;      // of the set
  double stall_seconds = 0.0;  // that training waited for it
  double seconds = 0.0;        // from the moment whose state it holds to its commit
  double write_seconds = 0.0;  // of them, without the validation of an epoch before the writing
};

// The JSON object of one line, without the line's end. NaN and infinity, which JSON does not know,
// are the texts "nan", "inf" and "-inf".
std::string metrics_line(const StepMetrics& metrics);
std::string metrics_line(const EpochMetrics& metrics);
std::string metrics_line(const SaveMetrics& metrics);

// THREADS: one.
class MetricsFile {
 public:
  // Appends to a file that exists, so that a resumed run continues it; a line that a crash cut off
  // is ended first. Throws Error(input) if the file cannot be opened.
  explicit MetricsFile(const std::filesystem::path& path);
  // Gives what has not been taken yet a moment.
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // The line has left this process when this returns, or is written when those before it are: what
  // is not taken at once waits in memory, and others follow it there. Never throws for a failed
  // write: it warns the first time, and tries again with the next line.
  void append(const StepMetrics& metrics) { append_line(metrics_line(metrics)); }
  void append(const EpochMetrics& metrics) { append_line(metrics_line(metrics)); }
  void append(const SaveMetrics& metrics) { append_line(metrics_line(metrics)); }

 private:
  class Lines;  // what the thread writes to, which may outlive this

  void append_line(std::string line);

  std::shared_ptr<Lines> lines_;
  Worker writer_;
  bool is_late_ = false;
  std::int64_t waiting_ = 0;  // lines given to the writer while it was late
};

}  // namespace lockstep
