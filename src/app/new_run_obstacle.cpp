// SPDX-License-Identifier: Apache-2.0
#include "app/new_run_obstacle.h"

#include <algorithm>
#include <tuple>

#include "app/finished_run.h"
#include "base/sentence.h"
#include "checkpoint/directory.h"
#include "checkpoint/owner.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// Whether a set or a .pt file is one of these, by whatever name. A folder or a file that only lies
// beside them is another run's.
bool is_among(const fs::path& checkpoint, const Candidates& candidates) {
  return std::ranges::any_of(candidates.paths, [&](const fs::path& candidate) {
    std::error_code error;
    return fs::equivalent(candidate, checkpoint, error);
  });
}

// Whether a resume would go on from where this checkpoint, one of them, is.
bool is_newest(const OpenCheckpoint& checkpoint, const Candidates& candidates) {
  const OpenCheckpoint newest = open_checkpoint(candidates.paths.front());
  return std::tie(newest.is_ours, newest.age) == std::tie(checkpoint.is_ours, checkpoint.age);
}

// The flags that go on with the run of a checkpoint to the end that the command asks for. A total
// that is reached already is meant as so many more.
std::string flags_to_go_on(const TrainerCommand& command, const OpenCheckpoint& checkpoint) {
  const auto epochs = std::ranges::find(command.overrides, "--epochs", &FlagOverride::flag);
  if (epochs != command.overrides.end()) {
    const std::string& number = epochs->texts.front();
    const bool is_total = std::stoll(number) > checkpoint.state.epoch;
    return (is_total ? "--resume --epochs " : "--resume --more-epochs ") + number;
  }
  const TrainConfig train = run_config_in(checkpoint.state, checkpoint.path).train;
  return has_ended(train, checkpoint.state) ? "--resume --more-epochs N" : "--resume";
}

// Where the weights are those of a checkpoint of the very run that is in the way, going on with
// that is the likelier wish.
std::string ways_out_of_own_run(const TrainerCommand& command, const fs::path& file,
                                const Candidates& candidates) {
  const OpenCheckpoint checkpoint = open_checkpoint(file);
  if (is_newest(checkpoint, candidates))
    return sentence(
        "it holds a run already, and this is the newest checkpoint of it; to go on with that run "
        "give {0} instead of --checkpoint, to begin a new one from it another --output-dir, to "
        "replace it --overwrite",
        {flags_to_go_on(command, checkpoint)});
  return sentence(
      "it holds a run already, and this is an older checkpoint of it; to begin a new run from it "
      "give another --output-dir, to go on with the old one from its newest checkpoint --resume "
      "instead of --checkpoint, to replace it --overwrite");
}

std::string ways_out(const TrainerCommand& command, const RunOrder& order,
                     const CheckpointDirectory& directory) {
  const Candidates candidates = resume_candidates(directory);
  if (command.checkpoint && !is_among(order.file, candidates))
    return sentence(
        "it holds a run already; give another --output-dir, or replace that run with --overwrite");
  if (command.checkpoint) return ways_out_of_own_run(command, order.file, candidates);
  const bool can_resume = !candidates.paths.empty() || !candidates.problems.empty();
  if (can_resume)
    return sentence(
        "it holds a run already; continue that with --resume, give another --output-dir, or "
        "replace it with --overwrite");
  return sentence(
      "it holds files of a run but no checkpoint to resume from; move them away, give another "
      "--output-dir, or replace it with --overwrite");
}

std::optional<Error> obstacle_of_owner(const fs::path& directory) {
  try {
    refuse_if_owned(directory);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

std::optional<Error> obstacle_to_new_run(const TrainerCommand& command, const RunOrder& order) {
  if (order.start == RunStart::resumed) return std::nullopt;
  const CheckpointDirectory directory(order.config.checkpoint.directory);
  if (!command.auto_resume)
    if (auto obstacle = obstacle_of_owner(directory.path())) return obstacle;
  if (command.overwrite || !directory.holds_a_run()) return std::nullopt;
  const std::string ways = ways_out(command, order, directory);
  return Error(ErrorKind::usage,
               command.checkpoint
                   ? sentence("starting a new run from {0} in {1}: {2}",
                              {*command.checkpoint, directory.path(), ways})
                   : sentence("starting a new run in {0}: {1}", {directory.path(), ways}));
}

}  // namespace lockstep
