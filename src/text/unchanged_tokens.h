// SPDX-License-Identifier: Apache-2.0
// Whether a token file that is being read for hours still has the tokens it was opened with:
// somebody may make his tokens anew in the same file. What is written between the question and the
// reading is seen with the next question, and what is cut then still ends the process; a network
// file system may tell some seconds late what another host has done.
#pragma once

#include <chrono>

#include "text/token_file.h"

namespace lockstep {

// THREADS: one at a time.
class UnchangedTokens {
 public:
  // `tokens` must outlive it.
  explicit UnchangedTokens(const TokenFile& tokens)
      : tokens_(tokens), written_(tokens.first_written()) {}

  // Throws Error(input) if the file is shorter than it was, or has other tokens. One call of the
  // system, unless the file was written to since the last time (or only touched): then all tokens
  // are read and compared with their digest.
  void check();

 private:
  const TokenFile& tokens_;
  std::chrono::nanoseconds written_;
};

}  // namespace lockstep
