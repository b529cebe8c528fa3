// SPDX-License-Identifier: Apache-2.0
// Whether a token file that is being read for hours still has the tokens it was opened with:
// somebody may make his tokens anew in the same file. What is written between the question and the
// reading is seen with the next question, and what is cut then still ends the process; a network
// file system may tell some seconds late what another host has done.
#pragma once

#include "text/token_file.h"

namespace lockstep {

// Throws Error(input) if the file is shorter than it was, or has other tokens. One call of the
// system, unless the file was written to (or only touched) since it was opened or asked about by
// anybody: then all tokens are read and compared with their digest.
// THREADS: any.
void check_unchanged(const TokenFile& tokens);

}  // namespace lockstep
