// SPDX-License-Identifier: Apache-2.0
#include "app/ckpt_tool_command.h"

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace lockstep {
namespace {

void add_common_options(CLI::App& app, CkptToolCommand& command) {
  app.add_option("--checkpoint-dir", command.directory, "The directory (default: checkpoints)");
  app.add_flag("--json", command.json, "Print JSON instead of a table");
  app.add_option("--lang", command.lang, "The language: zh or en (default: by locale)")
      ->check(CLI::IsMember({"zh", "en"}));
}

CLI::App* add_clean(CLI::App& app, CkptToolCommand& command) {
  CLI::App* const clean = app.add_subcommand("clean", "Remove old epoch files");
  clean->add_option("--keep", command.keep, "How many of the newest epoch files stay")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31));
  clean->add_flag("--dry-run", command.dry_run, "Only say what would be removed");
  return clean;
}

}  // namespace

CkptToolCommand parse_ckpt_tool_command(int argc, const char* const* argv) {
  CkptToolCommand command;
  CLI::App app("Lists and cleans the checkpoints of a run. Needs no MPI and no GPU.", "ckpt-tool");
  bool version = false;
  app.add_flag("--version", version, "Print the version");
  add_common_options(app, command);
  app.add_subcommand("list", "List the checkpoints with their epochs and losses")->fallthrough();
  const CLI::App* const clean = add_clean(app, command)->fallthrough();
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return {.action = CkptToolAction::help,
            .help = chosen.empty() ? app.help() : chosen.front()->help()};
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::usage, std::string(error.what()) + " (try ckpt-tool --help)");
  }
  if (version) return {.action = CkptToolAction::version};
  if (app.get_subcommands().empty())
    throw Error(ErrorKind::usage,
                "no command was given; it must be list or clean "
                "(try ckpt-tool --help)");
  command.action = clean->parsed() ? CkptToolAction::clean : CkptToolAction::list;
  return command;
}

}  // namespace lockstep
