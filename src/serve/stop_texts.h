// SPDX-License-Identifier: Apache-2.0
// Ends a text before the first of some texts, though it comes in pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

class StopTexts {
 public:
  // REQUIRES: none is empty.
  explicit StopTexts(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  // What can be said of the text now that `piece` has come: what may be the beginning of a stop is
  // held back.
  std::string add(std::string_view piece);
  bool is_found() const { return is_found_; }
  // What was held back, when nothing more comes.
  std::string end();

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool is_found_ = false;
};

}  // namespace lockstep
