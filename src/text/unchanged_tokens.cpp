// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

void UnchangedTokens::check() {
  const std::chrono::nanoseconds written = tokens_.now_written();
  if (written == written_) return;
  if (const std::string digest = digest_now(tokens_); digest != tokens_.digest())
    throw Error(ErrorKind::input,
                sentence("reading the token file {0}: it was written to after it was opened, and "
                         "has the tokens {1} now, not {2}; {3}",
                         {tokens_.path(), digest, tokens_.digest(), how_to_keep_tokens()}));
  written_ = written;
}

}  // namespace lockstep
