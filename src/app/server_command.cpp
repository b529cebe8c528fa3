// SPDX-License-Identifier: Apache-2.0
#include "app/server_command.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/suggestion.h"
#include "report/words.h"

namespace lockstep {
namespace {

constexpr const char* kDefaultCheckpoint = "checkpoints/best_model.pt";
constexpr int kHighestPort = 65535;
constexpr int kMostThreads = 1024;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

// The options as they were given, before they have a meaning.
struct GivenOptions {
  std::optional<std::string> checkpoint, host, port, threads, lang;
  bool version = false;
};

void add_options(CLI::App& app, GivenOptions& given) {
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
  const std::string name = given.substr(0, given.find('='));
  std::vector<std::string> options;
  for (const CLI::Option* const option : app.get_options())
    for (const std::string& known : option->get_lnames()) options.push_back("--" + known);
  const std::vector<std::string_view> names(options.begin(), options.end());
  const std::optional<std::string_view> nearest = nearest_name(name, names);
  refuse(name + " is not an option of server" +
         (nearest ? did_you_mean(nearest) : "; see server --help"));
}

int number_of(const char* option, const std::optional<std::string>& text, int otherwise, int most) {
  if (!text) return otherwise;
  int number = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool is_number = error == std::errc() && end == text->data() + text->size();
  if (!is_number || number < 0 || number > most)
    refuse(std::string(option) + " is '" + *text + "'; it must be a whole number from 0 to " +
           std::to_string(most));
  return number;
}

}  // namespace

ServerCommand parse_server_command(int argc, const char* const* argv,
                                   const std::optional<std::string>& checkpoint_of_environment) {
  GivenOptions given;
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
  if (given.lang && !language_named(*given.lang))
    refuse("--lang is '" + *given.lang + "'; it must be " + alternatives(kLanguageNames));
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
