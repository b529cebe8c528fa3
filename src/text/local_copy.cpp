// SPDX-License-Identifier: Apache-2.0
#include "text/local_copy.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> header_of(const TokenFile& tokens) {
  return tokens.bytes().first(kTokenHeaderBytes);
}

// Whether it has all its bytes, and those that were copied.
bool is_there(const fs::path& copy, const TokenFile& tokens) try {
  if (!is_token_file(copy)) return false;
  const TokenFile found = TokenFile::open(copy);
  if (!std::ranges::equal(header_of(found), header_of(tokens))) return false;
  verify_tokens(found);
  return true;
} catch (const Error&) {
  log_warning("reading the copy of the tokens on this host, " + copy.string() +
              ": it is damaged, and made again");
  return false;
}

}  // namespace

fs::path local_copy_path(const TokenFile& tokens, const fs::path& folder) {
  return folder / ("lockstep-" + digest_of(header_of(tokens)) + ".tokens");
}

void make_local_copy(const TokenFile& tokens, const fs::path& folder) {
  const fs::path copy = local_copy_path(tokens, folder);
  if (is_there(copy, tokens)) return;
  make_directory(folder, ErrorKind::input);
  DraftFile draft(copy, ErrorKind::input);
  draft.write(tokens.bytes());
  draft.commit();
  try {
    verify_tokens(TokenFile::open(copy));
  } catch (const Error&) {
    remove_durably(copy, ErrorKind::input);
    throw;
  }
}

}  // namespace lockstep
