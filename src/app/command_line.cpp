// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>

#include "base/error.h"
#include "base/sentence.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

// "--keep" of CLI11's "--keep: 1 required N missing".
std::string option_in(const std::string& text) { return text.substr(0, text.find(':')); }

// In words of ours; options like ours make CLI11 say nothing else.
std::string problem_of(const CLI::ParseError& error) {
  const std::string option = option_in(error.what());
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return sentence("{0} needs a value", {option});
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr)
    return sentence("{0} takes no value", {option});
  return error.what();
}

}  // namespace

Language language_on(int argc, const char* const* argv) {
  constexpr std::string_view kLang = "--lang";
  Language language = language_of_environment();
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (!argument.starts_with(kLang)) continue;
    argument.remove_prefix(kLang.size());
    const bool is_next = argument.empty() && i + 1 < argc;
    if (!is_next && !argument.starts_with('=')) continue;
    const std::string_view name = is_next ? argv[i + 1] : argument.substr(1);
    language = language_named(name).value_or(language);
  }
  return language;
}

void add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& purpose) {
  app.add_flag(name, value, purpose)->check([](const std::string& given) {
    return std::string(given == "true" ? "" : "a value");
  });
}

void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

void refuse_option(const std::string& given, const std::vector<std::string>& options,
                   const std::string& subject, const std::string& help) {
  const std::string name = given.substr(0, given.find('='));
  const std::vector<std::string_view> names(options.begin(), options.end());
  const std::optional<std::string_view> nearest = nearest_name(name, names);
  refuse(sentence("{0} is not an option of {1}", {name, subject}) +
         (nearest ? did_you_mean(nearest) : "; " + sentence("see {0}", {help})));
}

void refuse_unreadable(const CLI::ParseError& error, const std::string& help) {
  refuse(sentence("{0} (try {1})", {problem_of(error), help}));
}

void refuse_value(std::string_view option, const std::string& given, const std::string& allowed) {
  refuse(sentence("{0} is '{1}'; it must be {2}", {option, given, allowed}));
}

std::optional<std::int64_t> whole_number_in(const std::string& text) {
  std::int64_t number = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, number);
  return error == std::errc() && end == text_end ? std::optional(number) : std::nullopt;
}

void check_language(const std::optional<std::string>& lang) {
  if (lang && !language_named(*lang)) refuse_value("--lang", *lang, alternatives(kLanguageNames));
}

}  // namespace lockstep
