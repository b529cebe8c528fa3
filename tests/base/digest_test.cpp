// SPDX-License-Identifier: Apache-2.0
// The expected digests come from another implementation of XXH3-128 (the Python package xxhash):
// checkpoints name content by them, so they must never change.
#include "base/digest.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

std::string counting_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i % 251);
  return bytes;
}

void add(StreamDigest& digest, std::string_view bytes) {
  digest.add(std::as_bytes(std::span(bytes)));
}

TEST(Digest, OfNothing) { EXPECT_EQ(digest_of(""), "99aa06d3014798d86001c324468d497f"); }

TEST(Digest, OfShortTexts) {
  EXPECT_EQ(digest_of("a"), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(digest_of("lockstep"), "b4ead11c934f0a1e75345b2b871d8c38");
  EXPECT_EQ(digest_of("The quick brown fox jumps over the lazy dog"),
            "ddd650205ca3e7fa24a1cc2e3a8a7651");
}

TEST(Digest, OfLongBytes) {
  EXPECT_EQ(digest_of(counting_bytes(1000)), "18bf41bc8229e27733ef703fb2b20ed1");
  EXPECT_EQ(digest_of(counting_bytes(1 << 20)), "53738d98098cabba6e0d7ac36b8c10ff");
}

TEST(Digest, OneFlippedBitGivesAnotherText) {
  EXPECT_NE(digest_of("lockstep"), digest_of("mockstep"));
}

TEST(StreamDigest, PiecesGiveTheDigestOfTheWhole) {
  const std::string bytes = counting_bytes(1000);
  for (const std::size_t first : {0U, 1U, 16U, 240U, 999U, 1000U}) {
    StreamDigest digest;
    add(digest, std::string_view(bytes).substr(0, first));
    add(digest, std::string_view(bytes).substr(first));
    EXPECT_EQ(digest.hex(), "18bf41bc8229e27733ef703fb2b20ed1") << "cut at " << first;
  }
}

TEST(StreamDigest, MayBeReadBeforeTheEnd) {
  StreamDigest digest;
  EXPECT_EQ(digest.hex(), digest_of(""));
  add(digest, "lock");
  EXPECT_EQ(digest.hex(), digest_of("lock"));
  add(digest, "step");
  EXPECT_EQ(digest.hex(), digest_of("lockstep"));
}

std::string sha256_of(const std::string& text) {
  Sha256 digest;
  digest.add(text);
  return digest.finish();
}

// The examples of FIPS 180-2, and that of nothing.
TEST(Sha256, GivesTheKnownAnswers) {
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 digest;
  digest.add("a");
  digest.add("");
  digest.add(std::as_bytes(std::span("bc", 2)));
  EXPECT_EQ(digest.finish(), sha256_of("abc"));
}

TEST(HexText, HasTwoDigitsAByte) {
  const std::array bytes = {std::byte{0}, std::byte{0x0f}, std::byte{0xa0}, std::byte{0xff}};
  EXPECT_EQ(hex_text(bytes), "000fa0ff");
  EXPECT_EQ(hex_text({}), "");
}

TEST(Digest, TheBytesAreThoseOfTheText) {
  EXPECT_EQ(hex_text(digest128_of(std::as_bytes(std::span("a", 1)))), digest_of("a"));
}

}  // namespace
}  // namespace lockstep::test
