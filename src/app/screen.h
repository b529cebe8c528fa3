// SPDX-License-Identifier: Apache-2.0
// Shows a run to people: the progress of its epochs, their results and what was saved on standard
// output, every step in the metrics file. For rank 0.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "app/profile.h"
#include "app/trainer_command.h"
#include "report/metrics_file.h"
#include "report/progress_bar.h"
#include "report/words.h"
#include "train/run_observer.h"

namespace lockstep {

// Whether the bars of rank 0 stand where the log of all ranks is seen: on one terminal.
bool draws_over_log(const TrainerCommand& command);

class Screen : public RunObserver {
 public:
  // `directory` is that of the run. A metrics file that is not there yet is made when the run
  // starts, so that a start that is refused leaves none, and with a folder of the run around it if
  // need be. Throws Error(input) if the file cannot be opened, or could not be made.
  Screen(const TrainerCommand& command, const std::filesystem::path& directory);
  ~Screen() override;
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void text_preparation_started() override;
  void run_started(const RunSummary& summary) override;
  void epoch_started(std::int64_t epoch, std::int64_t steps, std::int64_t done) override;
  void step_done(const StepReport& report) override;
  void epoch_done(const EpochSummary& summary) override;
  void published(const Published& published, const SaveReport& report) override;

 private:
  void open_metrics();
  void warn_of_lost_output();

  const Words& words_;
  const bool quiet_;
  const bool draws_bars_;
  const bool draws_over_log_;
  const std::optional<std::int64_t> log_every_;
  const bool profiles_;
  const double peak_tflops_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::filesystem::path metrics_file_;  // empty: none is wanted, or it is open
  std::optional<MetricsFile> metrics_;
  std::int64_t step_ = 0;  // the newest that was made
  std::optional<Profile> profile_;
  std::optional<ProgressBar> bar_;
  bool has_lost_output_ = false;
};

}  // namespace lockstep
