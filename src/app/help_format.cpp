// SPDX-License-Identifier: Apache-2.0
#include "app/help_format.h"

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <string>

#include "app/help_text.h"

namespace lockstep {
namespace {

constexpr HelpText kPrintHelp = {"Print this and exit", "打印本帮助并退出"};
constexpr HelpText kCommandsTitle = {"Commands", "命令"};
constexpr HelpText kCommonOptionsTitle = {"Options of every command", "每个命令都有的选项"};

struct CliWord {
  const char* key;  // as CLI11 calls it
  HelpText text;
};

constexpr std::array kCliWords = {
    CliWord{"Usage", {"Usage", "用法"}}, CliWord{"Positionals", {"Arguments", "参数"}},
    CliWord{"OPTIONS", {"OPTIONS", "选项"}}, CliWord{"Options", {"Options", "选项"}},
    CliWord{"SUBCOMMAND", {"COMMAND", "命令"}}};

class ProgramHelp : public CLI::Formatter {
 public:
  explicit ProgramHelp(Language language) : language_(language) {
    for (const auto& [key, text] : kCliWords) label(key, std::string(text.in(language)));
  }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return Formatter::make_group(get_label(group), is_positional, options);
  }

 protected:
  Language language() const { return language_; }

 private:
  Language language_;
};

// The usage as it is given; and of the options of the program above.
class CommandHelp : public ProgramHelp {
 public:
  CommandHelp(Language language, std::string_view usage) : ProgramHelp(language), usage_(usage) {}

  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return get_label("Usage") + ": " + name + " [" + get_label("OPTIONS") + "]" + usage_ + "\n";
  }

  std::string make_footer(const CLI::App* app) const override {
    const std::vector<const CLI::Option*> common =
        app->get_parent()->get_options([](const CLI::Option* option) {
          return !option->check_name("--help") && !option->check_name("--version");
        });
    const std::string title(kCommonOptionsTitle.in(language()));
    return make_group(title, /*is_positional=*/false, common).substr(1);
  }

 private:
  std::string usage_;
};

}  // namespace

void set_help(CLI::App& program, Language language) {
  program.formatter(std::make_shared<ProgramHelp>(language));
  program.set_help_flag("-h,--help", std::string(kPrintHelp.in(language)));
}

void set_command_help(CLI::App& command, Language language, std::string_view usage) {
  command.formatter(std::make_shared<CommandHelp>(language, usage));
  command.group(std::string(kCommandsTitle.in(language)));
}

}  // namespace lockstep
