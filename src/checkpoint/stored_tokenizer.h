// SPDX-License-Identifier: Apache-2.0
// The tokenizer of a run as a checkpoint keeps it; what it means is text/'s to know.
#pragma once

#include <string>

namespace lockstep {

struct StoredTokenizer {
  std::string kind;
  std::string serialized;  // bytes
  friend bool operator==(const StoredTokenizer&, const StoredTokenizer&) = default;
};

}  // namespace lockstep
