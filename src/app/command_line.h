// SPDX-License-Identifier: Apache-2.0
// What the command lines of the programs have in common. Every refusal is an Error(usage).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/words.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
class ParseError;
}  // namespace CLI

namespace lockstep {

// The language that a command line asks for, before it is parsed: that of its last --lang that
// there is, else that of the environment.
Language language_on(int argc, const char* const* argv);

// Those of a CLI::App: "--keep", "--json".
template <class App>
std::vector<std::string> long_options_of(const App& app) {
  std::vector<std::string> names;
  for (const auto* const option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// CLI11 alone would take "--json=3" for one.
void add_switch(CLI::App& app, const std::string& name, bool& value, const std::string& purpose);

[[noreturn]] void refuse(const std::string& message);

// `given`, "--name" or "--name=value", is none of `options` of `subject`, with the one it may be a
// slip of, or what lists them: `help`.
[[noreturn]] void refuse_option(const std::string& given, const std::vector<std::string>& options,
                                const std::string& subject, const std::string& help);

// What CLI11 cannot read: an option without its value, or a switch with one.
[[noreturn]] void refuse_unreadable(const CLI::ParseError& error, const std::string& help);

// "--keep is '0'; it must be a whole number of at least 1"
[[noreturn]] void refuse_value(std::string_view option, const std::string& given,
                               const std::string& allowed);

// Absent where the text is anything else, or too large.
std::optional<std::int64_t> whole_number_in(const std::string& text);

// Refuses a --lang that there is not.
void check_language(const std::optional<std::string>& lang);

}  // namespace lockstep
