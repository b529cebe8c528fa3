// SPDX-License-Identifier: Apache-2.0
#include "text/unchanged_tokens.h"

#include <utility>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

// Between two questions: so that they cost nothing beside the reading.
constexpr std::chrono::milliseconds kPause{50};
// A disk that is alive answers within it.
constexpr std::chrono::seconds kPatience{1};

void compare(const TokenFile& tokens, std::chrono::nanoseconds written) {
  if (written == tokens.unchanged_when_written()) return;
  if (const std::string digest = digest_now(tokens); digest != tokens.digest())
    throw Error(ErrorKind::input,
                sentence("reading the token file {0}: it was written to after it was opened, and "
                         "has the tokens {1} now, not {2}; {3}",
                         {tokens.path(), digest, tokens.digest(), how_to_keep_tokens()}));
  tokens.found_unchanged(written);
}

}  // namespace

UnchangedTokens::UnchangedTokens(const TokenFile& tokens)
    : UnchangedTokens(tokens, kPause, tokens.when_written()) {}

UnchangedTokens::UnchangedTokens(const TokenFile& tokens, std::chrono::milliseconds pause,
                                 TokenFile::Written written)
    : tokens_(tokens), pause_(pause), written_(std::move(written)) {}

UnchangedTokens::~UnchangedTokens() {
  if (!asker_.is_idle()) asker_.leave();
}

void UnchangedTokens::check() {
  std::chrono::seconds patience{0};
  if (!asked_.valid()) {
    if (Clock::now() - answered_ < pause_) return;
    asked_ = asker_.start(written_);
    patience = kPatience;
  }
  if (asked_.wait_for(patience) != std::future_status::ready) return;
  answered_ = Clock::now();
  compare(tokens_, asked_.get());
}

}  // namespace lockstep
