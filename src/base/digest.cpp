// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <xxhash.h>

#include <array>
#include <cstdio>

namespace lockstep {

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
  const XXH128_hash_t digest = XXH3_128bits_digest(state_->stream);
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(digest.high64),
                static_cast<unsigned long long>(digest.low64));
  return text.data();
}

std::string digest_of(std::span<const std::byte> bytes) {
  StreamDigest digest;
  digest.add(bytes);
  return digest.hex();
}

std::string digest_of(const std::string& bytes) {
  return digest_of(std::as_bytes(std::span(bytes)));
}

}  // namespace lockstep
