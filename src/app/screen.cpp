// SPDX-License-Identifier: Apache-2.0
#include "app/screen.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "report/epoch_report.h"

namespace lockstep {
namespace {

// In a log file, where an epoch without a sign of life worries people and a line a step drowns
// them.
constexpr std::int64_t kLogLinesPerEpoch = 10;

}  // namespace

Language language_of(const TrainerCommand& command) {
  const std::optional<Language> named = command.lang ? language_named(*command.lang) : std::nullopt;
  return named.value_or(language_of_environment());
}

Screen::Screen(const TrainerCommand& command)
    : words_(words_in(language_of(command))), quiet_(command.quiet), log_every_(command.log_every) {
  if (command.metrics_file) metrics_.emplace(*command.metrics_file);
}

void Screen::epoch_started(std::int64_t /*epoch*/, std::int64_t steps) {
  if (quiet_) return;
  const std::int64_t log_every =
      log_every_.value_or(std::max<std::int64_t>(1, steps / kLogLinesPerEpoch));
  bar_.emplace(std::cout, words_, ::isatty(STDOUT_FILENO) != 0, log_every);
  bar_->start(steps);
}

void Screen::step_done(const StepReport& report) {
  if (metrics_) {
    const std::chrono::duration<double> since_start = std::chrono::steady_clock::now() - started_;
    metrics_->append({.step = report.step,
                      .epoch = report.epoch,
                      .loss = report.loss,
                      .learning_rate = report.learning_rate,
                      .gradient_norm = report.gradient_norm,
                      .tokens_per_second = report.tokens_per_second,
                      .seconds = since_start.count()});
  }
  if (bar_) bar_->show(report.step_in_epoch, report.loss, report.average_loss);
}

void Screen::epoch_done(const EpochSummary& summary) {
  bar_.reset();
  if (quiet_) return;
  std::cout << epoch_report(words_, {.epoch = summary.epoch,
                                     .epochs = summary.epochs,
                                     .seconds = summary.seconds,
                                     .train_loss = summary.train_loss,
                                     .val_loss = summary.val_loss})
            << std::flush;
}

void Screen::published(const Published& published) {
  if (!quiet_) std::cout << published_report(words_, published) << std::flush;
}

}  // namespace lockstep
