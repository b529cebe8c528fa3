// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>
#include <xxhash.h>

#if __has_include(<xxh_x86dispatch.h>)
// The library's own choice of the widest vectors that this processor has. Its plain functions are
// those of the oldest x86-64, several times slower.
#include <xxh_x86dispatch.h>
#endif

#include "base/error.h"

namespace lockstep {
namespace {

Digest128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t form = {};
  XXH128_canonicalFromHash(&form, hash);
  Digest128 digest;
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = std::byte{form.digest[i]};
  return digest;
}

}  // namespace

Digest128 digest128_of(std::span<const std::byte> bytes) {
  return canonical(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string hex_text(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

struct StreamDigest::State {
  XXH3_state_t* stream = XXH3_createState();
};

StreamDigest::StreamDigest() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(state_->stream);
}

StreamDigest::~StreamDigest() { XXH3_freeState(state_->stream); }

void StreamDigest::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->stream, bytes.data(), bytes.size());
}

std::string StreamDigest::hex() const {
  return hex_text(canonical(XXH3_128bits_digest(state_->stream)));
}

std::string digest_of(std::span<const std::byte> bytes) { return hex_text(digest128_of(bytes)); }

std::string digest_of(const std::string& bytes) {
  return digest_of(std::as_bytes(std::span(bytes)));
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1)
    throw Error(ErrorKind::internal, "starting a SHA-256 digest: OpenSSL refused");
}

Sha256::~Sha256() { EVP_MD_CTX_free(state_->context); }

void Sha256::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

void Sha256::add(const std::string& text) { add(std::as_bytes(std::span(text))); }

std::string Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  return hex_text(std::as_bytes(std::span(digest)));
}

}  // namespace lockstep
