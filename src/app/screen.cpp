// SPDX-License-Identifier: Apache-2.0
#include "app/screen.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "app/batch_warning.h"
#include "app/own_folder.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/obstacle.h"
#include "base/sentence.h"
#include "base/terminal.h"
#include "comm/launcher.h"
#include "report/epoch_report.h"
#include "report/numbers.h"
#include "report/start_report.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// In a log file, where an epoch without a sign of life worries people and a line a step drowns
// them.
constexpr std::int64_t kLogLinesPerEpoch = 10;

bool output_has_columns() {
  struct ::winsize size = {};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
}

bool launcher_has_terminal_as(int descriptor) {
  std::error_code error;
  const std::string file =
      fs::read_symlink("/proc/" + std::to_string(::getppid()) + "/fd/" + std::to_string(descriptor),
                       error)
          .string();
  return file.starts_with("/dev/pts/") || file.starts_with("/dev/tty");
}

// Whether people see standard output as it is written. mpirun gives its ranks a terminal of its own
// making even if it writes to a file; that one has no size, and then mpirun's own output decides.
bool writes_to_a_terminal() {
  if (::isatty(STDOUT_FILENO) == 0) return false;
  return output_has_columns() || launcher_has_terminal_as(STDOUT_FILENO);
}

bool is_pipe(int descriptor) {
  struct ::stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

// mpirun makes a pipe of its ranks' standard error, and writes what comes out of it to its own.
bool logs_to_a_terminal() {
  if (::isatty(STDERR_FILENO) != 0) return true;
  return launch_of_this_process().launcher == "mpirun" && is_pipe(STDERR_FILENO) &&
         launcher_has_terminal_as(STDERR_FILENO);
}

bool draws_bars(const TrainerCommand& command) {
  return !command.quiet && !command.log_all_ranks && !is_terminal_dumb() && writes_to_a_terminal();
}

void refuse_obstacle(const fs::path& metrics_file) {
  if (const auto obstacle = obstacle_to_file(metrics_file))
    throw Error(ErrorKind::input,
                sentence("opening metrics file {0}: {1}; give --metrics-file a file in a folder "
                         "that exists and can be written",
                         {metrics_file, *obstacle}));
}

}  // namespace

bool draws_over_log(const TrainerCommand& command) {
  return draws_bars(command) && logs_to_a_terminal();
}

Screen::Screen(const TrainerCommand& command, const std::filesystem::path& directory)
    : words_(words_in(chosen_language(command.lang))),
      quiet_(command.quiet),
      draws_bars_(draws_bars(command)),
      draws_over_log_(draws_over_log(command)),
      log_every_(command.log_every),
      profiles_(command.profile),
      peak_tflops_(command.peak_tflops) {
  if (!command.metrics_file) return;
  metrics_file_ = *command.metrics_file;
  if (may_be_there(metrics_file_))
    open_metrics();
  else if (!waits_for_the_run(metrics_file_, directory))
    refuse_obstacle(metrics_file_);
}

Screen::~Screen() { erase_line_before_log(false); }

void Screen::open_metrics() {
  if (metrics_file_.empty()) return;
  metrics_.emplace(metrics_file_);
  metrics_file_.clear();
}

// A terminal or a reader that is gone costs the words, not the training.
void Screen::warn_of_lost_output() {
  if (std::cout.good() || std::exchange(has_lost_output_, true)) return;
  log_warning(
      sentence("writing to standard output has failed, as it does when its reader is gone or its "
               "disk is full; training goes on and is saved, but nothing more is shown"));
}

void Screen::text_preparation_started() {
  if (!quiet_) std::cout << words_.preparing_text << std::endl;
}

void Screen::run_started(const RunSummary& summary) {
  step_ = summary.step;
  if (metrics_file_.has_parent_path())
    make_directory(metrics_file_.parent_path(), ErrorKind::input);
  open_metrics();
  if (profiles_ && summary.workplace.empty())
    log_warning(sentence("--profile measures a GPU, and this run has none: nothing is measured"));
  else if (profiles_)
    profile_.emplace(summary, peak_tflops_);
  if (const auto warning = batch_warning(summary.batch_size, summary.train_windows))
    log_warning(*warning);
  if (const auto warning = warmup_warning(summary.warmup_steps, summary.total_steps))
    log_warning(*warning);
  if (quiet_) return;
  std::cout << start_report(
      words_, {.file = summary.start_file, .epochs = summary.epoch, .steps = summary.step});
  std::cout << fill(words_.run_started,
                    {summary.model_name, thousands_text(summary.parameters),
                     std::to_string(summary.ranks), std::to_string(summary.batch_size),
                     std::to_string(summary.lanes), thousands_text(summary.train_windows),
                     thousands_text(summary.steps_per_epoch)})
            << std::endl;
  if (!summary.workplace.empty())
    std::cout << fill(words_.computing_on, {summary.workplace}) << std::endl;
}

void Screen::epoch_started(std::int64_t /*epoch*/, std::int64_t steps, std::int64_t done) {
  if (quiet_) return;
  const std::int64_t log_every =
      log_every_.value_or(std::max<std::int64_t>(1, steps / kLogLinesPerEpoch));
  bar_.emplace(std::cout, words_, draws_bars_, log_every);
  bar_->start(steps, done);
  erase_line_before_log(draws_over_log_);
}

void Screen::step_done(const StepReport& report) {
  step_ = report.step;
  if (metrics_) {
    const std::chrono::duration<double> since_start = std::chrono::steady_clock::now() - started_;
    metrics_->append(StepMetrics{.step = report.step,
                                 .epoch = report.epoch,
                                 .loss = report.loss,
                                 .learning_rate = report.learning_rate,
                                 .gradient_norm = report.gradient_norm,
                                 .skipped_steps = report.skipped_steps,
                                 .tokens_per_second = report.tokens_per_second,
                                 .seconds = since_start.count(),
                                 .step_seconds = report.step_seconds,
                                 .save_stall_seconds = report.save_stall_seconds});
  }
  if (profile_) {
    const std::optional<StepProfile> found = profile_->step_done();
    if (found && bar_) bar_->clear();
    if (found) std::cout << profile_report(words_, *found) << std::flush;
  }
  if (bar_) bar_->show(report.step_in_epoch, report.loss, report.average_loss);
  warn_of_lost_output();
}

void Screen::epoch_done(const EpochSummary& summary) {
  bar_.reset();
  erase_line_before_log(false);
  if (metrics_)
    metrics_->append(EpochMetrics{.epoch = summary.epoch,
                                  .step = step_,
                                  .train_loss = summary.train_loss,
                                  .val_loss = summary.val_loss});
  if (quiet_) return;
  std::cout << epoch_report(words_, {.epoch = summary.epoch,
                                     .epochs = summary.epochs,
                                     .seconds = summary.seconds,
                                     .train_loss = summary.train_loss,
                                     .val_loss = summary.val_loss})
            << std::flush;
  warn_of_lost_output();
}

void Screen::published(const Published& published, const SaveReport& report) {
  if (metrics_)
    metrics_->append(SaveMetrics{.set = published.set,
                                 .step = report.step,
                                 .bytes = published.set_bytes,
                                 .stall_seconds = report.stall_seconds,
                                 .seconds = report.seconds,
                                 .write_seconds = report.write_seconds});
  if (quiet_) return;
  if (bar_) bar_->clear();
  std::cout << published_report(words_, published) << std::flush;
}

}  // namespace lockstep
