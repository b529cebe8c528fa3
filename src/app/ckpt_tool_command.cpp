// SPDX-License-Identifier: Apache-2.0
#include "app/ckpt_tool_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "app/command_line.h"
#include "app/help_format.h"
#include "app/help_text.h"
#include "base/sentence.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

using Action = CkptToolAction;
using Texts = std::vector<std::string>;

struct Subcommand {
  std::string_view name;
  Action action;
  HelpText purpose;
  std::size_t fewest_checkpoints = 0;
  std::size_t most_checkpoints = 0;
  std::string_view usage;  // what follows the name
};

constexpr std::array kSubcommands = {
    Subcommand{"list",
               Action::list,
               {"List the files and sets with their epochs, losses and sizes",
                "列出检查点文件和分片集：轮次、损失、大小"}},
    Subcommand{"history",
               Action::history,
               {"Show the losses of all epochs and draw their curves", "显示各轮的损失，画出曲线"}},
    Subcommand{
        "compare",
        Action::compare,
        {"Compare two checkpoints: losses, sizes and tensors", "比较两个检查点：损失、大小和张量"},
        2,
        2,
        " A B"},
    Subcommand{"clean",
               Action::clean,
               {"Remove old epoch files and sets", "删除旧的检查点文件和分片集"},
               0,
               0,
               " --keep N"},
    Subcommand{"verify",
               Action::verify,
               {"Read every byte of a checkpoint and compare all digests",
                "读取检查点的每一个字节，核对所有摘要"},
               0,
               1,
               " [SET|FILE]"},
    Subcommand{"consolidate",
               Action::consolidate,
               {"Write one .pt file from a checkpoint set", "把一个分片集合并成一个 .pt 文件"},
               0,
               1,
               " [SET] [-o FILE]"},
    Subcommand{"export",
               Action::export_model,
               {"Write the model for other programs: transformers, safetensors",
                "把模型导出给其他程序：transformers、safetensors"},
               0,
               1,
               " [SET|FILE] --format hf|safetensors -o DIR"}};

constexpr HelpText kToolPurpose = {
    "Looks at and looks after the checkpoints of a run. Needs no MPI and no GPU.",
    "查看和管理一次训练的检查点。不需要 MPI 和 GPU。"};
constexpr HelpText kDirectoryHelp = {"The folder of the run (default: checkpoints)",
                                     "训练的目录（默认：checkpoints）"};
constexpr HelpText kJsonHelp = {"Print JSON instead of a table", "输出 JSON，而不是表格"};
constexpr HelpText kKeepHelp = {"How many of the newest epoch files and sets stay",
                                "保留多少个最新的检查点文件和分片集"};
constexpr HelpText kDryRunHelp = {"Only say what would be removed", "只说明会删除什么"};
constexpr HelpText kAllHelp = {"Every set and every file, each once",
                               "核对每个分片集和每个文件，各一次"};
constexpr HelpText kFileHelp = {"The file to write (default: <set>.pt)",
                                "要写的文件（默认：<分片集>.pt）"};
constexpr HelpText kFormatHelp = {
    "hf: a folder that transformers loads as GPT2LMHeadModel;\n"
    "safetensors: the parameters alone, as the .pt file names them",
    "hf：transformers 可作为 GPT2LMHeadModel 加载的目录；\n"
    "safetensors：只有参数，名称与 .pt 文件中的相同"};
constexpr HelpText kFolderHelp = {"The folder to write to, made if need be",
                                  "要写入的目录，没有则新建"};
constexpr HelpText kTwoCheckpointsHelp = {"A path, an epoch number, 'best' or 'latest'",
                                          "路径、轮次、best 或 latest"};
constexpr HelpText kOneCheckpointHelp = {
    "A path, an epoch number, 'best' or 'latest' (default: latest)",
    "路径、轮次、best 或 latest（默认：latest）"};

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

// Adds options with the help in one language.
class OptionAdder {
 public:
  OptionAdder(CLI::App& app, Language language) : app_(app), language_(language) {}

  template <class Value>
  void value(const char* name, const char* type, Value& value, const HelpText& purpose) const {
    app_.add_option(name, value, text(purpose))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name(type);
  }

  void flag(const char* name, bool& value, const HelpText& purpose) const {
    add_switch(app_, name, value, text(purpose));
  }

  void checkpoints(Texts& names, const HelpText& purpose) const {
    app_.add_option("checkpoints", names, text(purpose))->type_name("SET");
  }

 private:
  std::string text(const HelpText& purpose) const { return std::string(purpose.in(language_)); }

  CLI::App& app_;
  Language language_;
};

void add_common_options(const OptionAdder& add, GivenOptions& given) {
  add.flag("--version", given.version, kVersionHelp);
  add.value("--checkpoint-dir", "DIR", given.directory, kDirectoryHelp);
  add.flag("--json", given.json, kJsonHelp);
  add.value("--lang", "LANG", given.lang, kLangHelp);
}

void add_own_options(const OptionAdder& add, const Subcommand& subcommand, GivenOptions& given) {
  const Action action = subcommand.action;
  if (action == Action::clean) {
    add.value("--keep", "N", given.keep, kKeepHelp);
    add.flag("--dry-run", given.dry_run, kDryRunHelp);
  }
  if (action == Action::verify) add.flag("--all", given.all, kAllHelp);
  if (action == Action::consolidate) add.value("-o,--output", "FILE", given.output, kFileHelp);
  if (action == Action::export_model) {
    add.value("--format", "FORMAT", given.format, kFormatHelp);
    add.value("-o,--output", "DIR", given.output, kFolderHelp);
  }
  if (subcommand.most_checkpoints > 0)
    add.checkpoints(given.checkpoints[action],
                    subcommand.fewest_checkpoints > 0 ? kTwoCheckpointsHelp : kOneCheckpointHelp);
}

void add_subcommand(CLI::App& app, const Subcommand& subcommand, GivenOptions& given,
                    Language language) {
  CLI::App* const added = app.add_subcommand(std::string(subcommand.name),
                                             std::string(subcommand.purpose.in(language)));
  added->fallthrough();
  set_command_help(*added, language, subcommand.usage);
  add_own_options(OptionAdder(*added, language), subcommand, given);
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

// `given` stands before the command, or belongs to none or another.
[[noreturn]] void refuse_unknown(const CLI::App& app, const Subcommand* chosen,
                                 const std::string& given) {
  std::vector<std::string> options = long_options_of(app);
  if (chosen == nullptr) refuse_option(given, options, "ckpt-tool", "ckpt-tool --help");
  const std::string command(chosen->name);
  const std::string name = given.substr(0, given.find('='));
  if (app.get_subcommand(command)->get_option_no_throw(name) != nullptr)
    refuse(sentence("{0} must stand after {1}", {name, command}));
  if (name == "--output-dir")  // as the trainer calls it
    refuse(sentence("{0} is not an option of {1}", {"--output-dir", command}) +
           did_you_mean("--checkpoint-dir"));
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
    refuse(sentence(
        "'{0}' is not a command of ckpt-tool; it must be {1}",
        {leftovers.front(), choice_instead_of(leftovers.front(), names_of_subcommands())}));
  refuse(sentence("'{0}' is too much: ckpt-tool {1}{2} takes no more",
                  {leftovers.front(), chosen->name, chosen->usage}));
}

void check_checkpoints(const Subcommand& chosen, const Texts& checkpoints) {
  const std::size_t count = checkpoints.size();
  if (std::ranges::any_of(checkpoints, &std::string::empty))
    refuse(sentence("an empty name of a checkpoint was given to {0}", {chosen.name}));
  if (count >= chosen.fewest_checkpoints && count <= chosen.most_checkpoints) return;
  refuse(chosen.fewest_checkpoints == 2
             ? sentence("{0} needs {1} {1|checkpoint|checkpoints}, but {2} {2|was|were} given: "
                        "ckpt-tool {0}{3}",
                        {chosen.name, chosen.most_checkpoints, count, chosen.usage})
             : sentence("{0} needs at most {1} {1|checkpoint|checkpoints}, but {2} {2|was|were} "
                        "given: ckpt-tool {0}{3}",
                        {chosen.name, chosen.most_checkpoints, count, chosen.usage}));
}

std::int64_t keep_of(const std::optional<std::string>& text) {
  if (!text)
    refuse(sentence("clean needs to know how many checkpoints stay: ckpt-tool clean --keep N"));
  const std::optional<std::int64_t> keep = whole_number_in(*text);
  if (!keep || *keep < 1) refuse_value("--keep", *text, sentence("a whole number of at least 1"));
  return *keep;
}

ModelFormat format_of(const std::optional<std::string>& text) {
  if (!text)
    refuse(sentence("export needs to know the format: --format must be {0}",
                    {alternatives(kModelFormatNames)}));
  const auto found = std::ranges::find(kModelFormatNames, *text);
  if (found == kModelFormatNames.end())
    refuse_value("--format", *text, choice_instead_of(*text, kModelFormatNames));
  return static_cast<ModelFormat>(found - kModelFormatNames.begin());
}

void check_output(const GivenOptions& given, Action action) {
  const bool is_folder = action == Action::export_model;
  if (is_folder && !given.output)
    refuse(sentence("export needs a folder to write to: ckpt-tool export --format {0} -o DIR",
                    {*given.format}));
  if (given.output && given.output->empty())
    refuse(is_folder ? sentence("{0} is empty; it needs the name of a folder", {"--output"})
                     : sentence("{0} is empty; it needs the name of a file", {"--output"}));
}

CkptToolCommand command_from(const GivenOptions& given, const Subcommand& chosen) {
  CkptToolCommand command{.action = chosen.action,
                          .directory = given.directory,
                          .json = given.json,
                          .lang = given.lang,
                          .dry_run = given.dry_run,
                          .all = given.all,
                          .output = given.output};
  if (given.directory.empty())
    refuse(sentence("{0} is empty; it needs the name of a folder", {"--checkpoint-dir"}));
  check_language(given.lang);
  if (const auto found = given.checkpoints.find(chosen.action); found != given.checkpoints.end())
    command.checkpoints = found->second;
  check_checkpoints(chosen, command.checkpoints);
  if (chosen.action == Action::clean) command.keep = keep_of(given.keep);
  if (given.all && !command.checkpoints.empty())
    refuse(sentence("verify takes --all or one checkpoint, not both"));
  if (chosen.action == Action::export_model) command.format = format_of(given.format);
  check_output(given, chosen.action);
  return command;
}

}  // namespace

CkptToolCommand parse_ckpt_tool_command(int argc, const char* const* argv) {
  GivenOptions given;
  const Language language = language_on(argc, argv);
  CLI::App app(std::string(kToolPurpose.in(language)), "ckpt-tool");
  set_help(app, language);
  add_common_options(OptionAdder(app, language), given);
  for (const Subcommand& subcommand : kSubcommands)
    add_subcommand(app, subcommand, given, language);
  app.require_subcommand(0, 1);
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return {.action = Action::help,
            .help = chosen.empty() ? app.help() : chosen.front()->help("ckpt-tool")};
  } catch (const CLI::ParseError& error) {
    refuse_unreadable(error, "ckpt-tool --help");
  }
  const Subcommand* const chosen = chosen_subcommand(app);
  refuse_leftovers(app, chosen);
  if (given.version) return {.action = Action::version};
  if (chosen == nullptr)
    refuse(sentence("no command was given; it must be {0} (try ckpt-tool --help)",
                    {alternatives(names_of_subcommands())}));
  return command_from(given, *chosen);
}

}  // namespace lockstep
