// SPDX-License-Identifier: Apache-2.0
// What a written text looks like as JSON: in this server's own form, and in OpenAI's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "generate/text_model.h"

namespace lockstep {

struct ServedModel {
  std::string name;
  std::int64_t parameters = 0;
  std::string device;
  std::int64_t served_since = 0;  // seconds since 1970
};

struct WrittenText {
  std::string text;
  TokenCounts counts;
  bool has_met_stop = false;
  double seconds = 0.0;  // since the request came
};

// Each text is one line of JSON.
class AnswerForm {
 public:
  virtual ~AnswerForm() = default;
  virtual std::string whole(const WrittenText& written) const = 0;
  // While the text is being written: each piece, and what is said at the end, or instead of it.
  virtual std::string piece(std::string_view text) const = 0;
  virtual std::vector<std::string> last(const WrittenText& written) const = 0;
  virtual std::string refusal(int status, const std::string& detail) const = 0;
};

std::unique_ptr<AnswerForm> make_generate_form(const ServedModel& model, std::uint64_t seed);
// `tells_usage_apart`: in a last event that has no text.
std::unique_ptr<AnswerForm> make_completion_form(const ServedModel& model, bool tells_usage_apart);

// {"detail": ...}
std::string detail_json(const std::string& detail);
// The same, with what OpenAI's clients look for beside it: {"detail": ..., "error": {...}}
std::string error_json(int status, const std::string& detail);
// Which of the two is for who asks for this path.
std::string refusal_json(std::string_view path, int status, const std::string& detail);
// {"status": "ready", ...}
std::string readiness_json(const ServedModel& model);
// The model as OpenAI has it, and the list of the one.
std::string model_json(const ServedModel& model);
std::string models_json(const ServedModel& model);

std::int64_t seconds_since_1970();

}  // namespace lockstep
