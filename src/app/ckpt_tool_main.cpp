// SPDX-License-Identifier: Apache-2.0
// ckpt-tool: lists and cleans the checkpoints of a run. Links neither MPI nor LibTorch.
#include <exception>
#include <iostream>

#include "app/checkpoint_list.h"
#include "app/ckpt_tool_command.h"
#include "base/error.h"
#include "base/log.h"
#include "report/words.h"

namespace lockstep {
namespace {

CheckpointDirectory directory_of(const CkptToolCommand& command) {
  if (!std::filesystem::is_directory(command.directory))
    throw Error(ErrorKind::checkpoint, "looking for checkpoints: there is no folder " +
                                           command.directory.string() +
                                           "; give it with --checkpoint-dir");
  return CheckpointDirectory(command.directory);
}

std::string list(const CkptToolCommand& command) {
  const std::vector<CheckpointRow> rows = list_checkpoints(directory_of(command));
  return command.json ? checkpoint_json(rows)
                      : checkpoint_table(words_in(chosen_language(command.lang)), rows);
}

std::string clean(const CkptToolCommand& command) {
  const CleanMode mode = command.dry_run ? CleanMode::dry_run : CleanMode::remove;
  const CleanResult result = clean_checkpoints(directory_of(command), command.keep, mode);
  return command.json ? clean_json(result)
                      : clean_report(words_in(chosen_language(command.lang)), result);
}

std::string answer_to(const CkptToolCommand& command) {
  switch (command.action) {
    case CkptToolAction::list: return list(command);
    case CkptToolAction::clean: return clean(command);
    case CkptToolAction::version: return "ckpt-tool (Lockstep) " LOCKSTEP_VERSION "\n";
    case CkptToolAction::help: return command.help;
  }
  throw Error(ErrorKind::internal, "unhandled CkptToolAction");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using namespace lockstep;
  try {
    std::cout << answer_to(parse_ckpt_tool_command(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    log_error(error.what());
    return static_cast<int>(exit_code_for(kind_of(error)));
  }
}
