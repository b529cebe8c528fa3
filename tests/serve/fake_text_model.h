// SPDX-License-Identifier: Apache-2.0
// Writes the characters of a text one by one, and remembers what it was asked for.
#pragma once

#include <functional>
#include <string>

#include "generate/text_model.h"

namespace lockstep::test {

class FakeTextModel : public TextModel {
 public:
  explicit FakeTextModel(std::string text) : text_(std::move(text)) {}

  std::int64_t parameters() const override { return 124'046'592; }
  std::string device() const override { return "cpu"; }

  TokenCounts generate(const TextRequest& request, const TakePiece& take) override {
    last_request = request;
    TokenCounts counts{.prompt = 3, .unread = 1};
    for (const char character : text_) {
      if (counts.written == request.max_new_tokens) break;
      before_piece();
      ++counts.written;
      if (!take({&character, 1})) break;
    }
    return counts;
  }

  TextRequest last_request;
  std::function<void()> before_piece = [] {};

 private:
  std::string text_;
};

}  // namespace lockstep::test
