// SPDX-License-Identifier: Apache-2.0
// Tokens can be parts of characters: what comes byte by byte leaves in whole ones.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

class WholeCharacters {
 public:
  // The characters that are whole with `bytes`, often none. Bytes that can be no part of one become
  // U+FFFD.
  std::string add(std::string_view bytes);
  // What is left when nothing more comes: U+FFFD for the begun character, or nothing.
  std::string end();

 private:
  std::string begun_;
};

}  // namespace lockstep
