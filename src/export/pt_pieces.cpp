// SPDX-License-Identifier: Apache-2.0
#include "export/pt_pieces.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "base/sentence.h"
#include "export/crc32.h"

namespace lockstep {
namespace {

[[noreturn]] void fail(const std::string& found) {
  throw Error(ErrorKind::checkpoint, sentence("finishing a .pt file: {0}", {found}));
}

void check_piece(const StoragesToFill& storages, const PtPiece& piece) {
  const bool is_known = piece.storage >= 0 &&
                        piece.storage < static_cast<std::int64_t>(storages.size()) &&
                        storages[static_cast<std::size_t>(piece.storage)].has_value();
  if (!is_known)
    fail(sentence("a rank reports bytes of the storage {0}, which no rank is to write",
                  {piece.storage}));
}

// The pieces of one storage, from the first byte to the last.
class StorageFill {
 public:
  StorageFill(std::int64_t bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  void add(const PtPiece& piece) {
    if (piece.first < filled_ || piece.bytes <= 0)
      fail(sentence("{0}: its byte {1} was written twice", {name_, piece.first}));
    if (piece.first > filled_) fail_missing(piece.first);
    if (piece.bytes > bytes_ - filled_)
      fail(sentence("{0}: has {1} bytes, but more were written", {name_, bytes_}));
    crc32_ = joined_crc32(crc32_, piece.crc32, piece.bytes);
    filled_ += piece.bytes;
  }

  std::uint32_t finish() const {
    if (filled_ < bytes_) fail_missing(bytes_);
    return crc32_;
  }

 private:
  [[noreturn]] void fail_missing(std::int64_t end) const {
    fail(sentence("{0}: no rank wrote its bytes {1} to {2}", {name_, filled_, end}));
  }

  std::int64_t bytes_;
  std::string name_;
  std::int64_t filled_ = 0;
  std::uint32_t crc32_ = 0;
};

}  // namespace

std::vector<std::uint32_t> joined_crc32s(
    const StoragesToFill& storages, std::vector<PtPiece> pieces,
    const std::function<std::string(std::size_t storage)>& name_of) {
  for (const PtPiece& piece : pieces) check_piece(storages, piece);
  std::ranges::sort(pieces, {},
                    [](const PtPiece& piece) { return std::tuple(piece.storage, piece.first); });
  std::vector<std::uint32_t> crc32s(storages.size(), 0);
  auto piece = pieces.begin();
  for (std::size_t i = 0; i < storages.size(); ++i) {
    if (!storages[i]) continue;
    StorageFill fill(*storages[i], name_of(i));
    for (; piece != pieces.end() && piece->storage == static_cast<std::int64_t>(i); ++piece)
      fill.add(*piece);
    crc32s[i] = fill.finish();
  }
  return crc32s;
}

}  // namespace lockstep
