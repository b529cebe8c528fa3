// SPDX-License-Identifier: Apache-2.0
// How many cells UTF-8 text takes on a terminal, and padding that counts cells, not bytes, so that
// columns of Chinese and emoji line up. The widths follow Unicode, not the locale.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

// Wide characters and emoji take two cells, combining marks and joiners none; a narrow character
// that variation selector 16 turns into an emoji takes two. A byte that is not UTF-8 takes one.
int display_width(std::string_view text);

// Text that is already `width` cells or more comes back as it is.
std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);
std::string center(std::string_view text, int width);  // the odd cell goes to the right

// The longest beginning of `text` that fits into `width` cells.
std::string_view fit(std::string_view text, int width);

}  // namespace lockstep
