// SPDX-License-Identifier: Apache-2.0
// How the small programs print --help: in CLI11's form and in the language of the person. The texts
// of options are HelpTexts; in here are the words that CLI11 itself puts between them.
#pragma once

#include <string_view>

#include "report/words.h"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace lockstep {

// REQUIRES: called before options and commands are added to the program.
void set_help(CLI::App& program, Language language);

// For a command of the program; `usage` is what follows its name. Its help tells of the options of
// the program too, which each command takes.
void set_command_help(CLI::App& command, Language language, std::string_view usage);

}  // namespace lockstep
