// SPDX-License-Identifier: Apache-2.0
// What a written text looks like as JSON: in this server's own form, and in OpenAI's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "generate/text_model.h"

namespace lockstep {

struct ServedModel {
  std::string name;
  std::int64_t parameters = 0;
  std::string device;
};

struct WrittenText {
  std::string text;
  TokenCounts counts;
  bool has_met_stop = false;
  double seconds = 0.0;  // since the request came
};

// Each function gives one line of JSON.
class AnswerForm {
 public:
  virtual ~AnswerForm() = default;
  virtual std::string whole(const WrittenText& written) const = 0;
  // While the text is being written: each piece, and what is said at the end.
  virtual std::string piece(std::string_view text) const = 0;
  virtual std::string last(const WrittenText& written) const = 0;
};

std::unique_ptr<AnswerForm> make_generate_form(const ServedModel& model, std::uint64_t seed);
std::unique_ptr<AnswerForm> make_completion_form(const ServedModel& model);

// {"detail": ...}
std::string detail_json(const std::string& detail);
// {"status": "ready", ...}
std::string readiness_json(const ServedModel& model);
// The list of the one model, as OpenAI has it.
std::string models_json(const ServedModel& model);

}  // namespace lockstep
