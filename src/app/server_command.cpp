// SPDX-License-Identifier: Apache-2.0
#include "app/server_command.h"

#include <CLI/CLI.hpp>

#include "app/command_line.h"
#include "app/help_format.h"
#include "app/help_text.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr const char* kDefaultCheckpoint = "checkpoints/best_model.pt";
constexpr int kHighestPort = 65535;
constexpr int kMostThreads = 1024;

// The options as they were given, before they have a meaning.
struct GivenServerOptions {
  std::optional<std::string> checkpoint, host, port, threads, lang;
  bool version = false;
};

constexpr HelpText kServerPurpose = {
    "Writes text with a trained model, for programs and people, over HTTP.",
    "用训练好的模型生成文本，通过 HTTP 供程序和人使用。"};
constexpr HelpText kCheckpointHelp = {
    "A .pt file or a checkpoint set; in the folder checkpoints also an\n"
    "epoch's number, best or latest\n"
    "(default: LLM_CHECKPOINT, else checkpoints/best_model.pt)",
    ".pt 文件或分片集；也可以是目录 checkpoints 中的轮次、\n"
    "best 或 latest\n"
    "（默认：环境变量 LLM_CHECKPOINT，其次 checkpoints/best_model.pt）"};
constexpr HelpText kHostHelp = {
    "The address to listen on\n"
    "(default: 127.0.0.1, for this machine alone; there are no passwords)",
    "监听的地址（默认：127.0.0.1，只供本机使用；没有密码保护）"};
constexpr HelpText kPortHelp = {"The port to listen on (default: 8000; 0: any that is free)",
                                "监听的端口（默认：8000；0：任一空闲端口）"};
constexpr HelpText kThreadsHelp = {
    "Threads that compute (default, and 0: one for each usable core)",
    "计算用的线程数（默认或 0：与可用的核数相同）"};

void add_options(CLI::App& app, GivenServerOptions& given, Language language) {
  const auto add = [&](const char* name, const char* type, std::optional<std::string>& value,
                       const HelpText& purpose) {
    app.add_option(name, value, std::string(purpose.in(language)))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name(type);
  };
  add("--checkpoint", "SET", given.checkpoint, kCheckpointHelp);
  add("--host", "ADDRESS", given.host, kHostHelp);
  add("--port", "N", given.port, kPortHelp);
  add("--threads", "N", given.threads, kThreadsHelp);
  add("--lang", "LANG", given.lang, kLangHelp);
  add_switch(app, "--version", given.version, std::string(kVersionHelp.in(language)));
  app.allow_extras();
}

[[noreturn]] void refuse_leftover(const CLI::App& app, const std::string& given) {
  if (!given.starts_with("-"))
    refuse(sentence("'{0}' is too much: server takes only options", {given}));
  refuse_option(given, long_options_of(app), "server", "server --help");
}

int number_of(const char* option, const std::optional<std::string>& text, int otherwise, int most) {
  if (!text) return otherwise;
  const std::optional<std::int64_t> number = whole_number_in(*text);
  if (!number || *number < 0 || *number > most)
    refuse_value(option, *text, sentence("a whole number from 0 to {0}", {most}));
  return static_cast<int>(*number);
}

}  // namespace

ServerCommand parse_server_command(int argc, const char* const* argv,
                                   const std::optional<std::string>& checkpoint_of_environment) {
  GivenServerOptions given;
  const Language language = language_on(argc, argv);
  CLI::App app(std::string(kServerPurpose.in(language)), "server");
  set_help(app, language);
  add_options(app, given, language);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {.action = ServerAction::help, .help = app.help()};
  } catch (const CLI::ParseError& error) {
    refuse_unreadable(error, "server --help");
  }
  if (!app.remaining().empty()) refuse_leftover(app, app.remaining().front());
  if (given.version) return {.action = ServerAction::version};
  if (given.checkpoint && given.checkpoint->empty())
    refuse(sentence("--checkpoint is empty; it needs the name of a file or of a checkpoint set"));
  if (given.host && given.host->empty()) refuse(sentence("--host is empty; it needs an address"));
  check_language(given.lang);
  const bool has_environment = checkpoint_of_environment && !checkpoint_of_environment->empty();
  ServerCommand command;
  command.checkpoint = given.checkpoint.value_or(has_environment ? *checkpoint_of_environment
                                                                 : std::string(kDefaultCheckpoint));
  command.host = given.host.value_or(command.host);
  command.port = number_of("--port", given.port, command.port, kHighestPort);
  command.threads = number_of("--threads", given.threads, command.threads, kMostThreads);
  command.lang = given.lang;
  return command;
}

}  // namespace lockstep
