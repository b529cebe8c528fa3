// SPDX-License-Identifier: Apache-2.0
#include "text/local_copy.h"

#include <algorithm>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/obstacle.h"
#include "base/sentence.h"
#include "base/whole_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// Texts that were touched or moved, and give the same tokens, are one text here.
TokenFileHeader without_source(TokenFileHeader header) {
  header.source_fingerprint.clear();
  return header;
}

// Whether it has all its bytes, and those that were copied.
bool is_there(const fs::path& copy, const TokenFile& tokens,
              const std::function<void()>& between_pieces) try {
  if (!is_token_file(copy)) return false;
  const TokenFile found = TokenFile::open(copy);
  if (without_source(found.header()) != without_source(tokens.header())) return false;
  verify_tokens(found, between_pieces);
  return true;
} catch (const Error& error) {
  if (error.kind() != ErrorKind::input) throw;  // from between the pieces
  log_warning(sentence(
      "reading the copy of the tokens on this host, {0}: it is damaged, and made again", {copy}));
  return false;
}

void write_in_pieces(std::span<const std::byte> bytes, SharedFile& file,
                     const std::function<void()>& between_pieces) {
  constexpr std::size_t kPieceBytes = std::size_t{8} << 20;
  file.reserve(static_cast<std::int64_t>(bytes.size()));
  for (std::size_t first = 0; first < bytes.size(); first += kPieceBytes) {
    file.write_at(static_cast<std::int64_t>(first),
                  bytes.subspan(first, std::min(kPieceBytes, bytes.size() - first)));
    between_pieces();
  }
}

}  // namespace

fs::path local_copy_path(const TokenFile& tokens, const fs::path& folder) {
  return folder /
         ("lockstep-" + digest_of(header_to_bytes(without_source(tokens.header()))) + ".tokens");
}

void make_local_copy(const TokenFile& tokens, const fs::path& folder,
                     const std::function<void()>& between_pieces) {
  const fs::path copy = local_copy_path(tokens, folder);
  if (is_there(copy, tokens, between_pieces)) return;
  if (const auto obstacle = obstacle_to_folder(folder))
    throw Error(ErrorKind::input,
                sentence("copying the tokens to {0}: {1}; give another --local-dir, or none "
                         "(--local-dir=)",
                         {folder, *obstacle}));
  make_directory(folder, ErrorKind::input);
  write_whole_file(copy, ErrorKind::input, [&](SharedFile& file) {
    write_in_pieces(tokens.bytes(), file, between_pieces);
  });
  try {
    verify_tokens(TokenFile::open(copy), between_pieces);
  } catch (const Error&) {
    remove_durably(copy, ErrorKind::input);
    throw;
  }
}

}  // namespace lockstep
