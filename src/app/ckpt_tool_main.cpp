// SPDX-License-Identifier: Apache-2.0
// ckpt-tool: looks at and looks after the checkpoints of a run. Links neither MPI nor LibTorch.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "app/checkpoint_clean.h"
#include "app/checkpoint_compare.h"
#include "app/checkpoint_consolidate.h"
#include "app/checkpoint_export.h"
#include "app/checkpoint_history.h"
#include "app/checkpoint_list.h"
#include "app/checkpoint_verify.h"
#include "app/ckpt_tool_command.h"
#include "app/command_line.h"
#include "app/print_answer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/open_files.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "report/chinese.h"
#include "report/history_report.h"
#include "report/words.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

struct Answer {
  std::string text;
  ExitCode code = ExitCode::success;
};

// In the folder of a run's sets are no names of a run.
void refuse_folder_of_sets(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_filename() ? path : path.parent_path();
  if (folder.filename() != names::kShards || CheckpointDirectory(folder).holds_a_run()) return;
  const std::filesystem::path run = folder.has_parent_path() ? folder.parent_path() : "..";
  if (CheckpointDirectory(run).holds_a_run())
    throw Error(ErrorKind::usage, sentence("looking for checkpoints: {0} holds the sets of a run; "
                                           "give the folder of the run, {1}",
                                           {path, run}));
}

CheckpointDirectory directory_of(const CkptToolCommand& command) {
  if (!is_folder(command.directory, ErrorKind::checkpoint))
    throw Error(ErrorKind::checkpoint,
                sentence("looking for checkpoints: there is no folder {0}; give it with "
                         "--checkpoint-dir",
                         {command.directory}));
  refuse_folder_of_sets(command.directory);
  return CheckpointDirectory(command.directory);
}

// A path needs no checkpoint directory.
bool is_nowhere(const CkptToolCommand& command, const std::string& name) {
  return !is_there(name, ErrorKind::checkpoint) &&
         !is_folder(command.directory, ErrorKind::checkpoint);
}

std::filesystem::path checkpoint_named(const CkptToolCommand& command, const std::string& name) {
  if (is_nowhere(command, name))
    throw Error(ErrorKind::checkpoint,
                sentence("looking for the checkpoint '{0}': there is no file of that name, and no "
                         "folder {1}; check the name, or give the folder with --checkpoint-dir",
                         {name, command.directory}));
  return find_checkpoint(CheckpointDirectory(command.directory), name);
}

std::filesystem::path chosen_checkpoint(const CkptToolCommand& command) {
  return checkpoint_named(command,
                          command.checkpoints.empty() ? "latest" : command.checkpoints.front());
}

std::optional<Error> problem_of(const CkptToolCommand& command, const std::string& name) {
  try {
    checkpoint_named(command, name);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

// Of two names that are wrong, a person hears at once.
void check_both(const CkptToolCommand& command, const std::string& first,
                const std::string& second) {
  if (first == second) return;
  if (is_nowhere(command, first) && is_nowhere(command, second))
    throw Error(ErrorKind::checkpoint,
                sentence("looking for the checkpoints '{0}' and '{1}': there are no files of these "
                         "names, and no folder {2}; check the names, or give the folder with "
                         "--checkpoint-dir",
                         {first, second, command.directory}));
  const std::optional<Error> one = problem_of(command, first);
  const std::optional<Error> other = problem_of(command, second);
  if (one && other) throw Error(one->kind(), std::string(one->what()) + "; " + other->what());
}

const Words& words_of(const CkptToolCommand& command) {
  return words_in(chosen_language(command.lang));
}

Answer list(const CkptToolCommand& command) {
  const CheckpointListing listing = list_checkpoints(directory_of(command));
  return {command.json ? list_json(listing) : list_report(words_of(command), listing)};
}

Answer history(const CkptToolCommand& command) {
  const auto [losses, best_epoch] = find_history(directory_of(command));
  return {command.json ? history_json(losses, best_epoch)
                       : history_report(words_of(command), losses, best_epoch)};
}

Answer compare(const CkptToolCommand& command) {
  const std::string& first = command.checkpoints[0];
  const std::string& second = command.checkpoints[1];
  check_both(command, first, second);
  Comparison comparison =
      compare_checkpoints(checkpoint_named(command, first), checkpoint_named(command, second));
  if (command.json) return {compare_json(comparison)};
  if (comparison.first.name == comparison.second.name && first != second) {
    comparison.first.name += " (" + first + ")";
    comparison.second.name += " (" + second + ")";
  }
  return {compare_report(words_of(command), comparison)};
}

Answer clean(const CkptToolCommand& command) {
  const CleanMode mode = command.dry_run ? CleanMode::dry_run : CleanMode::remove;
  const CleanResult result = clean_checkpoints(directory_of(command), command.keep, mode);
  return {command.json ? clean_json(result) : clean_report(words_of(command), result)};
}

Answer verify(const CkptToolCommand& command) {
  std::vector<VerifiedRow> rows;
  if (command.all)
    rows = verify_all(directory_of(command));
  else
    rows.push_back(verify_one(chosen_checkpoint(command)));
  const bool is_damaged =
      std::ranges::any_of(rows, [](const VerifiedRow& row) { return !row.problems.empty(); });
  const std::string json = command.all ? verify_json(rows) : verify_json(rows.front());
  return {command.json ? json : verify_report(words_of(command), rows),
          is_damaged ? ExitCode::checkpoint : ExitCode::success};
}

Answer consolidate(const CkptToolCommand& command) {
  const ConsolidatedFile written = consolidate_set(chosen_checkpoint(command), command.output);
  return {command.json ? consolidate_json(written)
                       : consolidate_report(words_of(command), written)};
}

Answer export_to_folder(const CkptToolCommand& command) {
  const ExportedFolder written =
      export_checkpoint(chosen_checkpoint(command), command.format, command.output.value());
  return {command.json ? export_json(written) : export_report(words_of(command), written)};
}

Answer answer_to(const CkptToolCommand& command) {
  switch (command.action) {
    case CkptToolAction::list: return list(command);
    case CkptToolAction::history: return history(command);
    case CkptToolAction::compare: return compare(command);
    case CkptToolAction::clean: return clean(command);
    case CkptToolAction::verify: return verify(command);
    case CkptToolAction::consolidate: return consolidate(command);
    case CkptToolAction::export_model: return export_to_folder(command);
    case CkptToolAction::version: return {"ckpt-tool (Lockstep) " LOCKSTEP_VERSION "\n"};
    case CkptToolAction::help: return {command.help};
  }
  throw Error(ErrorKind::internal, "unhandled CkptToolAction");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using namespace lockstep;
  speak(language_on(argc, argv));
  keep_closed_streams_closed();
  allow_more_open_files();
  survive_file_size_limit();
  try {
    const Answer answer = answer_to(parse_ckpt_tool_command(argc, argv));
    print_answer(answer.text);
    return static_cast<int>(answer.code);
  } catch (const std::filesystem::filesystem_error& error) {  // all files here are checkpoints
    log_error(sentence_of(error));
    return static_cast<int>(ExitCode::checkpoint);
  } catch (const std::exception& error) {
    log_error(sentence_of(error));
    return static_cast<int>(exit_code_for(kind_of(error)));
  }
}
