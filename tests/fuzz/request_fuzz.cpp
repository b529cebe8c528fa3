// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "fuzz/fuzz_target.h"
#include "fuzz/json_variants.h"
#include "serve/http_status.h"
#include "serve/requests.h"
#include "text/utf8.h"

namespace lockstep::test {
namespace {

void answer(const std::function<TextCall()>& parse) {
  try {
    const TextCall call = parse();
    must_hold(!call.request.prompt.empty(), "a prompt that was taken is empty");
    must_hold(!find_invalid_utf8(call.request.prompt), "a prompt that was taken is not UTF-8");
  } catch (const Refusal& refusal) {
    must_hold(refusal.status() == kUnprocessable, "a refusal with another status");
    must_hold(!find_invalid_utf8(refusal.what()), "a refusal that is not UTF-8");
  }
}

}  // namespace

std::vector<std::string> first_inputs() {
  std::vector<std::string> inputs;
  for (const char* const request :
       {R"({"prompt": "a", "max_new_tokens": 5, "temperature": 0.5, "top_k": null, "top_p": 0.5,)"
        R"( "repetition_penalty": 1.5, "seed": 7, "stream": true})",
        R"({"model": "m", "prompt": ["a"], "max_tokens": 5, "stream": true,)"
        R"( "stream_options": {"include_usage": true}, "stop": ["b", "c"], "n": 1,)"
        R"( "echo": false, "suffix": "", "logit_bias": {}, "logprobs": null,)"
        R"( "frequency_penalty": 0})"}) {
    const std::vector<std::string> variants = json_variants(request);
    inputs.insert(inputs.end(), variants.begin(), variants.end());
  }
  return inputs;
}

void read_input(const std::string& input) {
  answer([&] { return parse_generate(input, 1); });
  answer([&] { return parse_completion(input, 1); });
}

}  // namespace lockstep::test
