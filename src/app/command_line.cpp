// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <charconv>
#include <string_view>

#include "base/error.h"
#include "config/suggestion.h"

namespace lockstep {

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

void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

void refuse_option(const std::string& given, const std::vector<std::string>& options,
                   const std::string& subject, const std::string& help) {
  const std::string name = given.substr(0, given.find('='));
  const std::vector<std::string_view> names(options.begin(), options.end());
  const std::optional<std::string_view> nearest = nearest_name(name, names);
  refuse(name + " is not an option of " + subject +
         (nearest ? did_you_mean(nearest) : "; see " + help));
}

std::optional<std::int64_t> whole_number_in(const std::string& text) {
  std::int64_t number = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, number);
  return error == std::errc() && end == text_end ? std::optional(number) : std::nullopt;
}

void check_language(const std::optional<std::string>& lang) {
  if (lang && !language_named(*lang))
    refuse("--lang is '" + *lang + "'; it must be " + alternatives(kLanguageNames));
}

}  // namespace lockstep
