// SPDX-License-Identifier: Apache-2.0
// store_faults: a pretended run over the checkpoint store, without LibTorch and MPI, that starts
// and ends in milliseconds. The drivers beside it kill it, starve it and damage what it wrote.
//
//   store_faults run DIR [options]     goes on from the newest checkpoint, or from the beginning
//   store_faults resume DIR [options]  the same, but there must be a checkpoint
//   store_faults check DIR             loads the newest checkpoint and changes nothing
//   store_faults open DIR              what every start does first, and nothing else
//   store_faults verify DIR            every checkpoint in the folder
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "base/error.h"
#include "checkpoint/directory.h"
#include "checkpoint/names.h"
#include "faults/pretend_ranks.h"
#include "faults/pretend_run.h"
#include "store/commit_save.h"
#include "store/verify.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

// The command line: a command, a folder, and pairs of an option and its value.
struct Command {
  std::string name;
  fs::path directory;
  std::map<std::string, std::string> options;

  std::int64_t number(const std::string& option, std::int64_t otherwise) const {
    const auto found = options.find(option);
    return found == options.end() ? otherwise : std::stoll(found->second);
  }
  bool has(const std::string& option) const { return options.contains(option); }
};

Command parse(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) throw Error(ErrorKind::usage, "a command and a folder are needed");
  Command command{.name = arguments[1], .directory = arguments[2], .options = {}};
  for (std::size_t i = 3; i + 1 < arguments.size(); i += 2)
    command.options[arguments[i]] = arguments[i + 1];
  return command;
}

PretendRun run_of(const Command& command) {
  PretendRun run;
  run.directory = command.directory;
  run.ranks = command.number("--ranks", run.ranks);
  run.epochs = command.number("--epochs", run.epochs);
  run.steps_per_epoch = command.number("--steps-per-epoch", run.steps_per_epoch);
  run.elements = command.number("--elements", run.elements);
  run.keep_last_n = command.number("--keep-last-n", run.keep_last_n);
  run.saves_within = command.number("--within", 0) != 0;
  run.has_pt = !command.has("--export") || command.options.at("--export") == "every";
  if (command.has("--deadline")) run.deadline_seconds = std::stod(command.options.at("--deadline"));
  return run;
}

std::string new_draft_id() {
  std::string digits(9, '\0');
  std::snprintf(digits.data(), digits.size(), "%08x", std::random_device{}());
  digits.pop_back();
  return digits;
}

// Leaves a trace of "saved" in the log of the shim: a call that changes nothing.
void mark_saved(const PretendRun& run, const std::string& set) {
  if (std::getenv("LOCKSTEP_FAULTS_DIR") == nullptr) return;
  ::unlink((run.directory / ".saved" / set).c_str());
}

void say_published(const Published& published) {
  std::cout << "saved " << published.set << " root " << published.root
            << (published.names_are_copies ? " (names are copies)" : "") << std::endl;
}

// Returns whether the save succeeded.
bool save(const PretendRun& run, const Moment& moment, std::vector<std::string> arguments) {
  const std::string draft_id = new_draft_id();
  arguments[1] = "part";
  arguments.insert(arguments.end(),
                   {"--draft", draft_id, "--at-epoch", std::to_string(moment.epoch), "--at-step",
                    std::to_string(moment.step)});
  const SaveOrder order = order_at(run, moment, draft_id);
  try {
    const std::vector<PartReport> reports = write_all_parts(run, moment, draft_id, arguments);
    const PublishedSave save = publish_save(order, commit_save(order, reports));
    if (!save.problem.empty()) {
      std::cout << "failed " << order.set << ", which is committed: " << save.problem << std::endl;
      return false;
    }
    say_published(save.published);
    mark_saved(run, order.set);
    return true;
  } catch (const Error& error) {
    std::cout << "failed " << order.set << ": " << error.what() << std::endl;
    abandon_save(order);
    return false;
  }
}

struct Start {
  fs::path checkpoint;
  Age age;
  TrainState state;
};

// The newest checkpoint that is whole.
std::optional<Start> load(const CheckpointDirectory& directory) {
  const Candidates candidates = resume_candidates(directory);
  for (const std::string& problem : candidates.problems)
    std::cout << "problem " << problem << std::endl;
  for (const fs::path& path : candidates.paths) {
    try {
      const OpenCheckpoint checkpoint = open_checkpoint(path);
      const std::string root = read_all_of(checkpoint);
      if (root != checkpoint.root)
        throw Error(ErrorKind::internal, "MIXED: " + path.string() + " has the root " + root +
                                             ", committed was " + checkpoint.root);
      std::cout << "loaded " << path.filename().string() << " epoch " << checkpoint.state.epoch
                << " step " << checkpoint.state.step << " root " << root << std::endl;
      return Start{.checkpoint = path, .age = checkpoint.age, .state = checkpoint.state};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::checkpoint) throw;
      std::cout << "refused " << path.filename().string() << ": " << error.what() << std::endl;
    }
  }
  return std::nullopt;
}

// Kilobytes of memory and open descriptors of this process.
void say_resources(std::int64_t saves) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line) && !line.starts_with("VmRSS:")) continue;
  const auto descriptors =
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  std::cout << "resources " << saves << " " << std::stoll(line.substr(6)) << " " << descriptors
            << std::endl;
}

int run_command(const Command& command, const std::vector<std::string>& arguments) {
  const PretendRun run = run_of(command);
  CheckpointDirectory directory(run.directory);
  directory.open();
  const std::optional<Start> start = load(directory);
  if (!start && command.name == "resume")
    throw Error(ErrorKind::checkpoint, "there is no checkpoint in " + run.directory.string());
  if (start)
    directory.finish_commit(
        directory.sets_given_up(start->checkpoint.filename().string(), start->age));
  const std::int64_t step = start ? start->state.step : 0;
  bool is_saved = true;
  if (start && command.has("--again")) is_saved = save(run, {start->state.epoch, step}, arguments);
  std::int64_t saves = 0;
  for (const Moment& moment : moments_after(run, step)) {
    is_saved = save(run, moment, arguments);
    if (command.has("--watch") && ++saves % command.number("--watch", 1) == 0) say_resources(saves);
  }
  return is_saved ? 0 : static_cast<int>(ExitCode::checkpoint);
}

int part_command(const Command& command) {
  report_part(run_of(command), {command.number("--at-epoch", 0), command.number("--at-step", 0)},
              command.options.at("--draft"), command.number("--rank", 0));
  return 0;
}

int check_command(const Command& command) {
  if (load(CheckpointDirectory(command.directory))) return 0;
  std::cout << "nothing" << std::endl;
  return static_cast<int>(ExitCode::checkpoint);
}

bool names_a_pt_file(const std::string& name) {
  return name == names::kLatest || name == names::kBest || name == names::kMain ||
         names::parse_epoch_file(name);
}

std::vector<fs::path> checkpoints_in(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory))
    if (names_a_pt_file(entry.path().filename().string())) paths.push_back(entry.path());
  for (const auto& entry : fs::directory_iterator(directory / names::kShards))
    if (names::parse_set(entry.path().filename().string())) paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

int verify_command(const Command& command) {
  bool all_ok = true;
  for (const fs::path& path : checkpoints_in(command.directory)) {
    const Verification found = verify_checkpoint(path);
    if (found.ok()) std::cout << "ok " << found.name << " root " << found.root << "\n";
    for (const std::string& problem : found.problems)
      std::cout << "damaged " << found.name << ": " << problem << "\n";
    all_ok = all_ok && found.ok();
  }
  return all_ok ? 0 : static_cast<int>(ExitCode::checkpoint);
}

int act(const std::vector<std::string>& arguments) {
  const Command command = parse(arguments);
  if (command.name == "run" || command.name == "resume") return run_command(command, arguments);
  if (command.name == "part") return part_command(command);
  if (command.name == "check") return check_command(command);
  if (command.name == "verify") return verify_command(command);
  if (command.name != "open") throw Error(ErrorKind::usage, "no command '" + command.name + "'");
  CheckpointDirectory directory(command.directory);
  directory.open();
  directory.finish_commit({});
  return 0;
}

}  // namespace
}  // namespace lockstep::test

int main(int argc, char** argv) {
  // A rank whose coordinator was killed reports to nobody.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return lockstep::test::act({argv, argv + argc});
  } catch (const std::exception& error) {
    std::cout << "error " << error.what() << std::endl;
    return static_cast<int>(lockstep::exit_code_for(lockstep::kind_of(error)));
  }
}
