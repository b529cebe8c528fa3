// SPDX-License-Identifier: Apache-2.0
// Digests that name content: the same bytes give the same text on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace lockstep {

// XXH3-128 in its canonical (big-endian) form. Fast, and good against accidents; not against an
// adversary.
using Digest128 = std::array<std::byte, 16>;

Digest128 digest128_of(std::span<const std::byte> bytes);

// Two hexadecimal digits a byte.
std::string hex_text(std::span<const std::byte> bytes);

// XXH3-128 of a stream of bytes.
class StreamDigest {
 public:
  StreamDigest();
  ~StreamDigest();
  StreamDigest(const StreamDigest&) = delete;
  StreamDigest& operator=(const StreamDigest&) = delete;

  void add(std::span<const std::byte> bytes);
  // The digest of everything added so far, as 32 hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest_of(std::span<const std::byte> bytes);
std::string digest_of(const std::string& bytes);

// SHA-256 of a stream of bytes: good against adversaries too, and slower.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  void add(const std::string& text);
  // Of everything added, as 64 hexadecimal digits. REQUIRES: called once, nothing added after it.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep
