// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

void check_unchanged(const TokenFile& tokens) {
  const std::chrono::nanoseconds written = tokens.now_written();
  if (written == tokens.unchanged_when_written()) return;
  if (const std::string digest = digest_now(tokens); digest != tokens.digest())
    throw Error(ErrorKind::input,
                sentence("reading the token file {0}: it was written to after it was opened, and "
                         "has the tokens {1} now, not {2}; {3}",
                         {tokens.path(), digest, tokens.digest(), how_to_keep_tokens()}));
  tokens.found_unchanged(written);
}

}  // namespace lockstep
