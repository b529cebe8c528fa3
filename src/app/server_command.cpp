// SPDX-License-Identifier: Apache-2.0
#include "app/server_command.h"

#include <CLI/CLI.hpp>

#include "app/command_line.h"

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

void add_options(CLI::App& app, GivenServerOptions& given) {
  const auto add = [&](const char* name, std::optional<std::string>& value, const char* purpose) {
    app.add_option(name, value, purpose)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->option_text(" ");
  };
  add("--checkpoint", given.checkpoint,
      "A .pt file or a checkpoint set; in the folder checkpoints also an epoch's number, best or "
      "latest (default: LLM_CHECKPOINT, else checkpoints/best_model.pt)");
  add("--host", given.host,
      "The address to listen on (default: 127.0.0.1, for this machine alone; there are no "
      "passwords)");
  add("--port", given.port, "(default: 8000; 0: any that is free)");
  add("--threads", given.threads, "That compute (default: as many as there are cores)");
  add("--lang", given.lang, "zh or en (default: by locale)");
  app.add_flag("--version", given.version, "Print the version");
  app.allow_extras();
}

[[noreturn]] void refuse_leftover(const CLI::App& app, const std::string& given) {
  if (!given.starts_with("--")) refuse("'" + given + "' is too much: server takes only options");
  refuse_option(given, long_options_of(app), "server", "server --help");
}

int number_of(const char* option, const std::optional<std::string>& text, int otherwise, int most) {
  if (!text) return otherwise;
  const std::optional<std::int64_t> number = whole_number_in(*text);
  if (!number || *number < 0 || *number > most)
    refuse(std::string(option) + " is '" + *text + "'; it must be a whole number from 0 to " +
           std::to_string(most));
  return static_cast<int>(*number);
}

}  // namespace

ServerCommand parse_server_command(int argc, const char* const* argv,
                                   const std::optional<std::string>& checkpoint_of_environment) {
  GivenServerOptions given;
  CLI::App app("Writes text with a trained model, for programs and people, over HTTP.", "server");
  add_options(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {.action = ServerAction::help, .help = app.help()};
  } catch (const CLI::ParseError& error) {
    refuse(std::string(error.what()) + " (try server --help)");
  }
  if (!app.remaining().empty()) refuse_leftover(app, app.remaining().front());
  if (given.version) return {.action = ServerAction::version};
  if (given.checkpoint && given.checkpoint->empty())
    refuse("--checkpoint is empty; it needs the name of a file or of a checkpoint set");
  if (given.host && given.host->empty()) refuse("--host is empty; it needs an address");
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
