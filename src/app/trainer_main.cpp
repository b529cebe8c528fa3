// SPDX-License-Identifier: Apache-2.0
// trainer: trains one language model on every rank of the MPI job it was started in.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "app/assemble.h"
#include "app/batch_warning.h"
#include "app/command_line.h"
#include "app/doctor.h"
#include "app/finished_run.h"
#include "app/new_run_obstacle.h"
#include "app/own_folder.h"
#include "app/prefixed_lines.h"
#include "app/print_answer.h"
#include "app/program.h"
#include "app/run_order.h"
#include "app/run_plan.h"
#include "app/screen.h"
#include "app/start.h"
#include "app/start_checks.h"
#include "app/trainer_command.h"
#include "base/file.h"
#include "base/log.h"
#include "base/obstacle.h"
#include "base/sentence.h"
#include "checkpoint/directory.h"
#include "checkpoint/new_folders.h"
#include "comm/all_or_none.h"
#include "comm/watchdog.h"
#include "config/config_json.h"
#include "report/chinese.h"
#include "report/end_report.h"
#include "report/plan_report.h"
#include "store/open_checkpoint.h"
#include "train/phase.h"
#include "train/restore.h"
#include "train/stop_request.h"

namespace lockstep {
namespace {

using Paths = std::vector<std::filesystem::path>;

// What is answered without a run; absent if there is one to do.
std::optional<std::string> answer_to(const TrainerCommand& command) {
  switch (command.action) {
    case TrainerAction::help: return command.help;
    case TrainerAction::version: return "trainer (Lockstep) " LOCKSTEP_VERSION "\n";
    case TrainerAction::list_presets: return presets_text(chosen_language(command.lang));
    case TrainerAction::run:
    case TrainerAction::doctor:
    case TrainerAction::dry_run: break;
  }
  return std::nullopt;
}

void check_directory(const std::filesystem::path& directory) {
  if (const auto obstacle = obstacle_to_folder(directory))
    throw Error(ErrorKind::usage,
                sentence("using {0} for checkpoints: {1}; give another --output-dir",
                         {directory, *obstacle}));
}

void check_save_config(const TrainerCommand& command) {
  if (!command.save_config_file ||
      waits_for_the_run(*command.save_config_file, output_directory(command)))
    return;
  if (const auto obstacle = obstacle_to_file(*command.save_config_file))
    throw Error(ErrorKind::input,
                sentence("writing the configuration to {0}: {1}; give --save-config a file in a "
                         "folder that exists and can be written",
                         {*command.save_config_file, *obstacle}));
}

void save_config(const TrainerCommand& command, const RunOrder& order) {
  const std::filesystem::path file = command.save_config_file.value();
  if (waits_for_the_run(file, output_directory(command)))
    make_directory(file.parent_path(), ErrorKind::input);
  write_durably(file, config_to_json(order.config), ErrorKind::input);
}

bool resumes_an_ended_run(const RunOrder& order) {
  return order.start == RunStart::resumed && has_ended(order.config.train, order.state);
}

// For rank 0. A run that has ended is told of where nothing can be written, too.
RunOrder order_in_its_directory(const TrainerCommand& command, int world_size,
                                const Paths& damaged) {
  const bool resumes = command.resume || command.auto_resume;
  const CheckpointDirectory directory(output_directory(command));
  std::error_code error;
  const bool may_have_ended = resumes && std::filesystem::is_directory(directory.path(), error);
  if (!may_have_ended) check_directory(directory.path());
  // Nothing else is changed before it is clear that there will be a run: another one may be here.
  if (resumes && command.action == TrainerAction::run) directory.bring_back_replaced();
  RunOrder order = decide_order(command, world_size, damaged);
  if (may_have_ended && !resumes_an_ended_run(order)) check_directory(directory.path());
  return order;
}

// COLLECTIVE. Rank 0 decides, all ranks hear it.
RunOrder agree_on_order(World& world, const TrainerCommand& command, const Paths& damaged) {
  return order_from_text(ask_rank_zero(world, [&] {
    check_save_config(command);
    const RunOrder order = order_in_its_directory(command, world.size(), damaged);
    const std::optional<Error> obstacle = obstacle_to_new_run(command, order);
    if (obstacle && command.action == TrainerAction::run) throw Error(*obstacle);
    if (command.save_config_file && !obstacle) save_config(command, order);
    return order_to_text(order);
  }));
}

void warn(const std::optional<std::string>& warning) {
  if (warning) log_warning(*warning);
}

void warn_of_stride(const RunConfig& config) {
  warn(stride_warning(window_stride(config), config.model.block_size));
}

std::string nothing_to_do_text(const TrainerCommand& command, const TrainConfig& train,
                               std::int64_t epochs_completed) {
  return nothing_to_do_report(words_in(chosen_language(command.lang)),
                              {.epochs = train.epochs, .max_steps = train.max_steps},
                              epochs_completed);
}

OldRun old_run_of(const TrainerCommand& command) {
  if (command.overwrite) return OldRun::replace;
  return command.resume || command.auto_resume ? OldRun::keep : OldRun::none;
}

// For rank 0.
std::string plan_text(int world_size, Facts facts, const TrainerCommand& command,
                      const RunOrder& order) {
  const RunConfig& config = order.config;
  if (resumes_an_ended_run(order))
    return nothing_to_do_text(command, config.train, order.state.epoch);
  if (old_run_of(command) == OldRun::keep) warn_of_taking_over(config.checkpoint.directory);
  const RunPlan plan = plan_run(order, world_size);
  warn(batch_warning(config.train.batch_size, plan.train_windows));
  warn(warmup_warning(config.optim.warmup_steps, plan.total_steps));
  warn_of_stride(config);
  for (const Finding& finding : memory_findings(facts, plan.memory_bytes_per_rank))
    log_warning(finding.text);
  return plan_report(words_in(chosen_language(command.lang)), plan);
}

// COLLECTIVE. What stands against a new run in its directory is said below its plan.
ExitCode show_plan(World& world, Facts facts, const TrainerCommand& command,
                   const RunOrder& order) {
  const std::string text =
      ask_rank_zero(world, [&] { return plan_text(world.size(), facts, command, order); });
  if (world.rank() == 0) print_answer(text);
  ask_rank_zero(world, [&] {
    if (const auto obstacle = obstacle_to_new_run(command, order)) throw Error(*obstacle);
    return std::string();
  });
  return ExitCode::success;
}

// What ranks other than 0 are told of the command: files are written by one.
TrainerCommand without_files(TrainerCommand command) {
  command.metrics_file.reset();
  return command;
}

// COLLECTIVE. The observer of this rank: a screen on rank 0, silence on the others unless asked
// for.
std::unique_ptr<RunObserver> observer_for(World& world, const TrainerCommand& command,
                                          const std::string& directory) {
  std::unique_ptr<RunObserver> observer = std::make_unique<RunObserver>();
  all_or_none(world, [&] {
    if (world.rank() == 0)
      observer = std::make_unique<Screen>(command, directory);
    else if (command.log_all_ranks)
      observer = std::make_unique<Screen>(without_files(command), directory);
  });
  return observer;
}

// COLLECTIVE. A line that another rank logs takes the bar of rank 0 off its terminal too.
void log_over_bar(World& world, const TrainerCommand& command) {
  const std::string erases =
      ask_rank_zero(world, [&] { return std::string(draws_over_log(command) ? "yes" : ""); });
  if (world.rank() != 0) erase_line_before_log(!erases.empty());
}

// Empty unless several ranks write to one terminal or file.
std::string line_prefix(const World& world, const TrainerCommand& command) {
  if (!command.log_all_ranks || world.size() == 1) return "";
  return rank_name(world.rank()) + ": ";
}

std::string stopped_text(const RunOutcome& outcome) {
  const std::int64_t step = outcome.state.step;
  const std::string what = outcome.end == RunEnd::out_of_time
                               ? sentence("stopped before the time limit after step {0}", {step})
                               : sentence("stopped on request after step {0}", {step});
  if (outcome.saved_step != step)
    return sentence("{0}, with too little time left to save it; --resume goes on from {1}",
                    {what, outcome.newest});
  return sentence("{0}; the run is saved in {1}, from which --resume goes on",
                  {what, outcome.newest});
}

// COLLECTIVE. Whether a resumed run has ended, and its checkpoint is whole. One that is not is left
// to the resume itself, which may find another.
bool is_over(World& world, const RunOrder& order) {
  if (!resumes_an_ended_run(order)) return false;
  const Phase phase("reading the checkpoint of a run that has ended");
  const std::string settled = ask_rank_zero(
      world, [&] { return settle(order) ? "yes" : ""; }, kPreparationTimeout);
  return !settled.empty();
}

ExitCode report_nothing_to_do(const World& world, const TrainerCommand& command,
                              const TrainConfig& train, const TrainState& state) {
  if (world.rank() == 0 && !command.quiet)
    std::cout << nothing_to_do_text(command, train, state.epoch);
  return ExitCode::success;
}

ExitCode report_end(const World& world, const TrainerCommand& command, const RunOutcome& outcome) {
  switch (outcome.end) {
    case RunEnd::finished: break;
    case RunEnd::nothing_to_do:
      return report_nothing_to_do(
          world, command, run_config_in(outcome.state, sentence("the state of the run")).train,
          outcome.state);
    case RunEnd::stopped:
    case RunEnd::out_of_time:
      if (world.rank() == 0) log_warning(stopped_text(outcome));
      return ExitCode::stopped;
  }
  return ExitCode::success;
}

// COLLECTIVE. A checkpoint that turns out to be damaged while it is read is left out, and the one
// before it resumed from.
RunOutcome carry_out_order(World& world, Facts facts, const TrainerCommand& command, RunOrder order,
                           RunObserver& observer) {
  Paths damaged;
  for (;;) {
    try {
      return carry_out(world, facts, order, old_run_of(command), observer);
    } catch (const DamagedCheckpoint& error) {
      if (order.start != RunStart::resumed) throw;
      if (world.rank() == 0) log_warning(error.what());
      damaged.push_back(order.file);
    }
    order = agree_on_order(world, command, damaged);
  }
}

WatchdogSettings watchdog_settings(const TrainerCommand& command) {
  return {.peer_timeout = std::chrono::seconds(command.peer_timeout_seconds),
          .is_told_to_end = told_to_end,
          .end_process = [](const std::string& why) {
            if (!why.empty()) log_error(why);
            std::_Exit(static_cast<int>(ExitCode::communication));
          }};
}

// COLLECTIVE. The locales of hosts may differ: all ranks speak as the first one does. Returns the
// name of that language.
std::string speak_as_one(World& world, Language mine) {
  const std::string name = ask_rank_zero(world, [&] { return std::string(name_of(mine)); });
  speak(language_named(name).value());
  if (world.rank() != 0) name_log_after_rank(world.rank(), world.size());
  return name;
}

// COLLECTIVE.
ExitCode run_trainer(World& world, int argc, const char* const* argv) {
  const std::string language = speak_as_one(world, language_on(argc, argv));
  TrainerCommand command;
  all_or_none(world, [&] { command = parse_trainer_command(argc, argv); });
  command.lang = language;
  const std::vector<RankFacts> facts = meet_ranks(world, argc, argv);
  if (const std::optional<std::string> answer = answer_to(command)) {
    if (world.rank() == 0) print_answer(*answer);
    return ExitCode::success;
  }
  if (command.action == TrainerAction::doctor) return examine(world, command, facts);
  // From here on a signal means: save, then stop.
  if (command.action == TrainerAction::run) listen_for_stop_requests();
  if (command.time_limit) set_time_limit(*command.time_limit);
  const Watchdog watchdog(world, watchdog_settings(command));
  const RunOrder order = agree_on_order(world, command, {});
  if (command.action == TrainerAction::dry_run) return show_plan(world, facts, command, order);
  if (is_over(world, order))
    return report_nothing_to_do(world, command, order.config.train, order.state);
  if (command.log_all_ranks) name_log_after_rank(world.rank(), world.size());
  check_start(world, facts, order.config.checkpoint.directory);
  if (order.config.train.device == DeviceKind::cpu)
    check_memory(world, facts, planned_memory(order.config, world.size()).host_bytes);
  ask_rank_zero(world, [&] {
    warn_of_stride(order.config);
    if (order.start != RunStart::resumed) check_text(order.config);
    return std::string();
  });
  std::optional<NewFolders> new_folders;
  if (world.rank() == 0) new_folders.emplace(order.config.checkpoint.directory);
  const PrefixedLines lines(std::cout, line_prefix(world, command));
  std::unique_ptr<RunObserver> observer =
      observer_for(world, command, order.config.checkpoint.directory);
  log_over_bar(world, command);
  const RunOutcome outcome = carry_out_order(world, facts, command, order, *observer);
  observer.reset();  // a bar that is not full stays, and its line ends
  return report_end(world, command, outcome);
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  lockstep::speak(lockstep::language_on(argc, argv));
  lockstep::listen_for_early_stop_requests();
  return lockstep::run_program(
      [&](lockstep::World& world) { return lockstep::run_trainer(world, argc, argv); });
}
