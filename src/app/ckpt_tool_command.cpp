// SPDX-License-Identifier: Apache-2.0
#include "app/ckpt_tool_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>

#include "app/command_line.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

using Action = CkptToolAction;
using Texts = std::vector<std::string>;

struct Subcommand {
  std::string_view name;
  Action action;
  std::string_view purpose;
  std::size_t fewest_checkpoints = 0;
  std::size_t most_checkpoints = 0;
  std::string_view usage;  // what follows the name
};

constexpr std::array kSubcommands = {
    Subcommand{"list", Action::list, "List the files and sets with their epochs, losses and sizes"},
    Subcommand{"history", Action::history, "Show the losses of all epochs and draw their curves"},
    Subcommand{"compare", Action::compare, "Compare two checkpoints: losses, sizes and tensors", 2,
               2, " A B"},
    Subcommand{"clean", Action::clean, "Remove old epoch files and sets", 0, 0, " --keep N"},
    Subcommand{"verify", Action::verify, "Read every byte of a checkpoint and compare all digests",
               0, 1, " [SET|FILE]"},
    Subcommand{"consolidate", Action::consolidate, "Write one .pt file from a checkpoint set", 0, 1,
               " [SET] [-o FILE]"},
    Subcommand{"export", Action::export_model,
               "Write the model for other programs: transformers, safetensors", 0, 1,
               " [SET|FILE] --format hf|safetensors -o DIR"}};

// The options as they were given, before they have a meaning.
struct GivenOptions {
  std::string directory = "checkpoints";
  bool json = false;
  bool version = false;
  std::optional<std::string> lang;
  std::optional<std::string> keep;
  bool dry_run = false;
  bool all = false;
  std::optional<std::string> output;
  std::optional<std::string> format;
  std::map<Action, Texts> checkpoints;
};

template <class Value>
CLI::Option* add_value(CLI::App& app, const std::string& name, Value& value,
                       const std::string& purpose) {
  return app.add_option(name, value, purpose)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_common_options(CLI::App& app, GivenOptions& given) {
  add_value(app, "--checkpoint-dir", given.directory, "The directory (default: checkpoints)");
  app.add_flag("--json", given.json, "Print JSON instead of a table");
  add_value(app, "--lang", given.lang, "The language: zh or en (default: by locale)");
}

void add_own_options(CLI::App& app, Action action, GivenOptions& given) {
  if (action == Action::clean) {
    add_value(app, "--keep", given.keep, "How many of the newest epoch files and sets stay");
    app.add_flag("--dry-run", given.dry_run, "Only say what would be removed");
  }
  if (action == Action::verify)
    app.add_flag("--all", given.all, "Every set and every file, each once");
  if (action == Action::consolidate)
    add_value(app, "-o,--output", given.output, "The file to write (default: <set>.pt)");
  if (action == Action::export_model) {
    add_value(app, "--format", given.format,
              "hf: a folder that transformers loads as GPT2LMHeadModel; safetensors: the "
              "parameters alone, as the .pt file names them");
    add_value(app, "-o,--output", given.output, "The folder to write to, made if need be");
  }
}

// The usage as the table has it; and of the options of the program above, which each takes too.
class SubcommandHelp : public CLI::Formatter {
 public:
  explicit SubcommandHelp(std::string_view usage) : usage_(usage) {}

  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return "Usage: " + name + " [OPTIONS]" + std::string(usage_) + "\n";
  }

  std::string make_footer(const CLI::App* app) const override {
    const std::vector<const CLI::Option*> common =
        app->get_parent()->get_options([](const CLI::Option* option) {
          return !option->check_name("--help") && !option->check_name("--version");
        });
    return make_group("Options of every command", /*is_positional=*/false, common).substr(1);
  }

 private:
  std::string_view usage_;
};

void add_subcommand(CLI::App& app, const Subcommand& subcommand, GivenOptions& given) {
  CLI::App* const added =
      app.add_subcommand(std::string(subcommand.name), std::string(subcommand.purpose));
  added->fallthrough();
  added->formatter(std::make_shared<SubcommandHelp>(subcommand.usage));
  add_own_options(*added, subcommand.action, given);
  if (subcommand.most_checkpoints == 0) return;
  added
      ->add_option("checkpoints", given.checkpoints[subcommand.action],
                   "A path, an epoch number, 'best' or 'latest'")
      ->type_name("SET");
}

std::vector<std::string_view> names_of_subcommands() {
  std::vector<std::string_view> names(kSubcommands.size());
  std::ranges::transform(kSubcommands, names.begin(), &Subcommand::name);
  return names;
}

const Subcommand* chosen_subcommand(const CLI::App& app) {
  for (const Subcommand& subcommand : kSubcommands)
    if (app.got_subcommand(std::string(subcommand.name))) return &subcommand;
  return nullptr;
}

// An option that belongs to another sub-command is said to be one of that.
[[noreturn]] void refuse_unknown(const CLI::App& app, const Subcommand* chosen,
                                 const std::string& given) {
  std::vector<std::string> options = long_options_of(app);
  if (chosen == nullptr) refuse_option(given, options, "ckpt-tool", "ckpt-tool --help");
  const std::string command(chosen->name);
  if (given.substr(0, given.find('=')) == "--output-dir")  // as the trainer calls it
    refuse("--output-dir is not an option of " + command + did_you_mean("--checkpoint-dir"));
  for (const std::string& own : long_options_of(*app.get_subcommand(command)))
    options.push_back(own);
  refuse_option(given, options, command, "ckpt-tool " + command + " --help");
}

void refuse_leftovers(const CLI::App& app, const Subcommand* chosen) {
  const Texts leftovers = app.remaining(/*recurse=*/true);
  const auto option = std::ranges::find_if(
      leftovers, [](const std::string& text) { return text.starts_with("-"); });
  if (option != leftovers.end()) refuse_unknown(app, chosen, *option);
  if (leftovers.empty()) return;
  if (chosen == nullptr)
    refuse("'" + leftovers.front() + "' is not a command of ckpt-tool; it must be " +
           choice_instead_of(leftovers.front(), names_of_subcommands()));
  refuse("'" + leftovers.front() + "' is too much: ckpt-tool " + std::string(chosen->name) +
         std::string(chosen->usage) + " takes no more");
}

void check_checkpoints(const Subcommand& chosen, const Texts& checkpoints) {
  const std::size_t count = checkpoints.size();
  if (std::ranges::any_of(checkpoints, &std::string::empty))
    refuse("an empty name of a checkpoint was given to " + std::string(chosen.name));
  if (count >= chosen.fewest_checkpoints && count <= chosen.most_checkpoints) return;
  refuse(std::string(chosen.name) + " needs " + (chosen.fewest_checkpoints == 2 ? "" : "at most ") +
         std::to_string(chosen.most_checkpoints) +
         (chosen.most_checkpoints == 1 ? " checkpoint" : " checkpoints") + ", but " +
         std::to_string(count) + (count == 1 ? " was" : " were") + " given: ckpt-tool " +
         std::string(chosen.name) + std::string(chosen.usage));
}

std::int64_t keep_of(const std::optional<std::string>& text) {
  if (!text) refuse("clean needs to know how many checkpoints stay: ckpt-tool clean --keep N");
  const std::optional<std::int64_t> keep = whole_number_in(*text);
  if (!keep || *keep < 1)
    refuse("--keep is '" + *text + "'; it must be a whole number of at least 1");
  return *keep;
}

ModelFormat format_of(const std::optional<std::string>& text) {
  if (!text)
    refuse("export needs to know the format: --format must be " + alternatives(kModelFormatNames));
  const auto found = std::ranges::find(kModelFormatNames, *text);
  if (found == kModelFormatNames.end())
    refuse("--format is '" + *text + "'; it must be " +
           choice_instead_of(*text, kModelFormatNames));
  return static_cast<ModelFormat>(found - kModelFormatNames.begin());
}

void check_output(const GivenOptions& given, Action action) {
  const bool is_folder = action == Action::export_model;
  if (is_folder && !given.output)
    refuse("export needs a folder to write to: ckpt-tool export --format " + *given.format +
           " -o DIR");
  if (given.output && given.output->empty())
    refuse(std::string("--output is empty; it needs the name of a ") +
           (is_folder ? "folder" : "file"));
}

CkptToolCommand command_from(const GivenOptions& given, const Subcommand& chosen) {
  CkptToolCommand command{.action = chosen.action,
                          .directory = given.directory,
                          .json = given.json,
                          .lang = given.lang,
                          .dry_run = given.dry_run,
                          .all = given.all,
                          .output = given.output};
  if (given.directory.empty()) refuse("--checkpoint-dir is empty; it needs the name of a folder");
  check_language(given.lang);
  if (const auto found = given.checkpoints.find(chosen.action); found != given.checkpoints.end())
    command.checkpoints = found->second;
  check_checkpoints(chosen, command.checkpoints);
  if (chosen.action == Action::clean) command.keep = keep_of(given.keep);
  if (given.all && !command.checkpoints.empty())
    refuse("verify takes --all or one checkpoint, not both");
  if (chosen.action == Action::export_model) command.format = format_of(given.format);
  check_output(given, chosen.action);
  return command;
}

}  // namespace

CkptToolCommand parse_ckpt_tool_command(int argc, const char* const* argv) {
  GivenOptions given;
  CLI::App app("Looks at and looks after the checkpoints of a run. Needs no MPI and no GPU.",
               "ckpt-tool");
  app.add_flag("--version", given.version, "Print the version");
  add_common_options(app, given);
  for (const Subcommand& subcommand : kSubcommands) add_subcommand(app, subcommand, given);
  app.require_subcommand(0, 1);
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return {.action = Action::help,
            .help = chosen.empty() ? app.help() : chosen.front()->help("ckpt-tool")};
  } catch (const CLI::ParseError& error) {
    refuse(std::string(error.what()) + " (try ckpt-tool --help)");
  }
  const Subcommand* const chosen = chosen_subcommand(app);
  refuse_leftovers(app, chosen);
  if (given.version) return {.action = Action::version};
  if (chosen == nullptr)
    refuse("no command was given; it must be " + alternatives(names_of_subcommands()) +
           " (try ckpt-tool --help)");
  return command_from(given, *chosen);
}

}  // namespace lockstep
