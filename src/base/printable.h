// SPDX-License-Identifier: Apache-2.0
// Texts that others have chosen (names of files, of tensors in a file that somebody sent) on their
// way to a screen: a terminal obeys some characters, and then shows what is not there.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

// The text with every control character (C0 and C1 of Unicode, and DEL) as JSON writes it:
// "\u001b". Line feeds and tabs stay, since texts of ours have them.
std::string printable(std::string_view text);

// The text as a shell takes it for one word, for commands that people copy.
std::string shell_word(std::string_view text);

}  // namespace lockstep
