// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include "base/error.h"

namespace lockstep {

void UnchangedTokens::check() {
  const std::chrono::nanoseconds written = tokens_.now_written();
  if (written == written_) return;
  if (const std::string digest = digest_now(tokens_); digest != tokens_.digest())
    throw Error(ErrorKind::input, "reading the token file " + tokens_.path().string() +
                                      ": it was written to after it was opened, and has the "
                                      "tokens " +
                                      digest + " now, not " + tokens_.digest() + "; " +
                                      kKeepTokens);
  written_ = written;
}

}  // namespace lockstep
