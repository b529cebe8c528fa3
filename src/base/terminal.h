// SPDX-License-Identifier: Apache-2.0
// What the environment says of the terminal that people sit at.
#pragma once

namespace lockstep {

// TERM=dumb: it writes one line after the other, and can neither go back in one nor colour it.
bool is_terminal_dumb();

// False on a dumb terminal, and where NO_COLOR (https://no-color.org) is set to anything.
bool wants_colors();

}  // namespace lockstep
