// SPDX-License-Identifier: Apache-2.0
// What the command lines of the small programs have in common. Every refusal is an Error(usage).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lockstep {

// "--keep", "--json"
std::vector<std::string> long_options_of(const CLI::App& app);

[[noreturn]] void refuse(const std::string& message);

// `given`, "--name" or "--name=value", is none of `options` of `subject`, with the one it may be a
// slip of, or what lists them: `help`.
[[noreturn]] void refuse_option(const std::string& given, const std::vector<std::string>& options,
                                const std::string& subject, const std::string& help);

// Absent where the text is anything else, or too large.
std::optional<std::int64_t> whole_number_in(const std::string& text);

// Refuses a --lang that there is not.
void check_language(const std::optional<std::string>& lang);

}  // namespace lockstep
