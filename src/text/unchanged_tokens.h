// SPDX-License-Identifier: Apache-2.0
// Whether a token file that is being read for hours still has the tokens it was opened with:
// somebody may make his tokens anew in the same file. What is written between two questions is seen
// with the second, and what is cut then still ends the process; a network file system may tell some
// seconds late what another host has done.
#pragma once

#include <chrono>
#include <future>

#include "base/worker.h"
#include "text/token_file.h"

namespace lockstep {

// THREADS: one.
class UnchangedTokens {
 public:
  // The tokens must outlive it.
  explicit UnchangedTokens(const TokenFile& tokens);
  // Asks no more often than once in `pause`, and by `written`.
  UnchangedTokens(const TokenFile& tokens, std::chrono::milliseconds pause,
                  TokenFile::Written written);
  // Waits for no answer.
  ~UnchangedTokens();
  UnchangedTokens(const UnchangedTokens&) = delete;
  UnchangedTokens& operator=(const UnchangedTokens&) = delete;

  // Throws Error(input) if the file is shorter than it was, or has other tokens. One call of the
  // system, unless the file was written to (or only touched) since it was opened or asked about by
  // anybody: then all tokens are read and compared with their digest. A disk that does not answer
  // for a second is asked by a thread alone, for as long as it takes: tokens that are in memory are
  // read meanwhile.
  void check();

 private:
  using Clock = std::chrono::steady_clock;

  const TokenFile& tokens_;
  const std::chrono::milliseconds pause_;
  const TokenFile::Written written_;
  Clock::time_point answered_;
  std::future<std::chrono::nanoseconds> asked_;
  Worker asker_;
};

}  // namespace lockstep
