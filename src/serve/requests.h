// SPDX-License-Identifier: Apache-2.0
// The bodies of requests, read and judged: what is asked for, or every reason why it cannot be.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "generate/text_model.h"

namespace lockstep {

// What a client is told instead of an answer.
class Refusal : public std::runtime_error {
 public:
  Refusal(int status, const std::string& detail) : std::runtime_error(detail), status_(status) {}
  int status() const { return status_; }  // of HTTP

 private:
  int status_;
};

struct TextCall {
  TextRequest request;
  std::vector<std::string> stops;  // the text ends before the first of them
  bool streams = false;
  bool tells_usage_apart = false;  // a stream: how much was used, in an event of its own
};

inline constexpr std::size_t kMostPromptCharacters = 4096;
inline constexpr std::int64_t kMostNewTokens = 1024;

// The body of POST /v1/generate. A seed that is not given is `fresh_seed`. Throws Refusal(422)
// saying all that is wrong.
TextCall parse_generate(const std::string& body, std::uint64_t fresh_seed);

// The body of POST /v1/completions as OpenAI describes it, whose defaults are others. Parts of it
// that this server does not have are refused, unless they are asked for in the way that changes
// nothing ("n": 1).
TextCall parse_completion(const std::string& body, std::uint64_t fresh_seed);

}  // namespace lockstep
