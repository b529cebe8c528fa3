// SPDX-License-Identifier: Apache-2.0
// Digests that name content: the same bytes give the same text on every machine.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace lockstep {

// XXH3-128 of a stream of bytes, as 32 hexadecimal digits. Fast, and good against accidents; not
// against an adversary.
class StreamDigest {
 public:
  StreamDigest();
  ~StreamDigest();
  StreamDigest(const StreamDigest&) = delete;
  StreamDigest& operator=(const StreamDigest&) = delete;

  void add(std::span<const std::byte> bytes);
  // The digest of everything added so far.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest_of(std::span<const std::byte> bytes);
std::string digest_of(const std::string& bytes);

}  // namespace lockstep
