// SPDX-License-Identifier: Apache-2.0
#include "serve/requests.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/json_depth.h"
#include "base/sentence.h"
#include "serve/http_status.h"

namespace lockstep {
namespace {

// Not ordered_json, which looks for each key among all others.
using RequestJson = nlohmann::json;

constexpr std::size_t kMostStops = 4;
constexpr std::size_t kMostProblems = 20;
constexpr std::int64_t kMostTopK = 1000;
constexpr int kHighestTemperature = 2;
constexpr int kHighestPenalty = 2;
// Of a double, which is all that JavaScript has.
constexpr std::int64_t kLargestSeed = (std::int64_t{1} << 53) - 1;

// A line of a list, whatever it is.
std::string short_text(const RequestJson& value) {
  constexpr std::size_t kMost = 60;
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

std::size_t characters_in(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// The parser's sentence, without what it has read, which may be long and anything.
std::string reason_in(const std::string& sentence) {
  const std::size_t begin = std::min(sentence.find("syntax error"), sentence.size());
  const std::size_t end = std::min(sentence.find("; last read"), sentence.size());
  return begin < end ? sentence.substr(begin, end - begin) : "no value can be read";
}

RequestJson parsed(const std::string& body) try {
  return RequestJson::parse(body);
} catch (const RequestJson::parse_error& error) {
  throw Refusal(kUnprocessable, "the body is not JSON: byte " + std::to_string(error.byte) + ": " +
                                    reason_in(error.what()));
} catch (const RequestJson::out_of_range&) {
  throw Refusal(kUnprocessable, "the body has a number that is too large");
}

enum class LowerBound { included, excluded };
enum class PromptForm { text, text_or_list_of_one };

// Takes the fields of an object one by one, and collects what is wrong with them. A field that is
// not there, and one that is null, is absent.
class Fields {
 public:
  explicit Fields(const std::string& body) {
    if (nests_too_deep(body))
      throw Refusal(kUnprocessable, fill("the body is no request: it nests deeper than {0} levels",
                                         {kMostJsonLevels}));
    object_ = parsed(body);
    if (!object_.is_object())
      throw Refusal(kUnprocessable, "the body is " + short_text(object_) +
                                        "; it must be an object such as {\"prompt\": \"...\"}");
  }

  const RequestJson* find(const std::string& name) {
    known_.insert(name);
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  bool is_null(const std::string& name) const {
    return object_.contains(name) && object_.at(name).is_null();
  }

  std::string prompt(PromptForm form) {
    const RequestJson* given = find("prompt");
    std::string rule = "a text of 1 to " + std::to_string(kMostPromptCharacters) + " characters";
    if (form == PromptForm::text_or_list_of_one) {
      rule += ", or a list of one such text";
      if (given != nullptr && given->is_array() && given->size() == 1) given = &given->front();
    }
    if (given == nullptr) {
      problems_.push_back("prompt is missing; it must be " + rule);
      return {};
    }
    if (!given->is_string()) return refuse<std::string>("prompt", *given, rule);
    auto text = given->get<std::string>();
    const std::size_t characters = characters_in(text);
    if (characters < 1 || characters > kMostPromptCharacters)
      problems_.push_back("prompt has " + std::to_string(characters) + " characters; it must be " +
                          rule);
    return text;
  }

  // REQUIRES: least >= 0.
  std::optional<std::int64_t> whole(const std::string& name, std::int64_t least,
                                    std::int64_t most) {
    const RequestJson* const given = find(name);
    if (given == nullptr) return std::nullopt;
    // One of 64 bits without a sign is negative here.
    const bool is_in_range = given->is_number_integer() && given->get<std::int64_t>() >= least &&
                             given->get<std::int64_t>() <= most;
    if (is_in_range) return given->get<std::int64_t>();
    return refuse<std::optional<std::int64_t>>(
        name, *given,
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }

  std::optional<double> real(const std::string& name, int least, LowerBound bound, int most) {
    const RequestJson* const given = find(name);
    if (given == nullptr) return std::nullopt;
    const double value = given->is_number() ? given->get<double>() : std::nan("");
    const bool is_low = bound == LowerBound::included ? value < least : value <= least;
    if (given->is_number() && !is_low && value <= most) return value;
    const std::string range = bound == LowerBound::included
                                  ? "from " + std::to_string(least) + " to "
                                  : "above " + std::to_string(least) + " and at most ";
    return refuse<std::optional<double>>(name, *given, "a number " + range + std::to_string(most));
  }

  bool flag(const std::string& name) {
    const RequestJson* const given = find(name);
    if (given == nullptr) return false;
    return given->is_boolean() ? given->get<bool>() : refuse<bool>(name, *given, "true or false");
  }

  std::vector<std::string> stops() {
    const RequestJson* const given = find("stop");
    if (given == nullptr) return {};
    const RequestJson list = given->is_array() ? *given : RequestJson::array({*given});
    const bool is_fine =
        list.size() <= kMostStops && std::ranges::all_of(list, [](const RequestJson& stop) {
          return stop.is_string() && !stop.get_ref<const std::string&>().empty();
        });
    if (is_fine) return list.get<std::vector<std::string>>();
    return refuse<std::vector<std::string>>(
        "stop", *given, "a text, or up to " + std::to_string(kMostStops) + " of them, none empty");
  }

  bool usage_apart(bool streams) {
    const RequestJson* const given = find("stream_options");
    if (given == nullptr) return false;
    const bool is_fine = streams && given->is_object() && given->size() == 1 &&
                         given->contains("include_usage") && given->front().is_boolean();
    if (is_fine) return given->front().get<bool>();
    return refuse<bool>("stream_options", *given,
                        "{\"include_usage\": true} or false, beside \"stream\": true");
  }

  // What this server does as if it had this value, and not otherwise.
  void only(const std::string& name, const RequestJson& value) {
    const RequestJson* const given = find(name);
    if (given != nullptr && *given != value)
      problems_.push_back(name + " is " + short_text(*given) + "; this server has only " +
                          short_text(value));
  }

  void refuse_all_problems() {
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name)) problems_.push_back(name + " is not a field of this request");
    if (problems_.empty()) return;
    throw Refusal(kUnprocessable, said_problems());
  }

 private:
  std::string said_problems() const {
    const std::size_t said = std::min(problems_.size(), kMostProblems);
    std::string detail = problems_.front();
    for (std::size_t i = 1; i < said; ++i) detail += ". " + problems_[i];
    if (said == problems_.size()) return detail;
    return detail + ". And " + std::to_string(problems_.size() - said) + " more";
  }

  template <class Value>
  Value refuse(const std::string& name, const RequestJson& given, const std::string& rule) {
    problems_.push_back(name + " is " + short_text(given) + "; it must be " + rule);
    return {};
  }

  RequestJson object_;
  std::set<std::string> known_;
  std::vector<std::string> problems_;
};

// Null is a value of its own here: the filter is off.
template <class Value>
std::optional<Value> unless_null(Fields& fields, const std::string& name,
                                 const std::optional<Value>& given, Value otherwise) {
  if (given) return given;
  return fields.is_null(name) ? std::nullopt : std::optional<Value>(otherwise);
}

std::uint64_t seed_in(Fields& fields, std::uint64_t fresh_seed) {
  const std::optional<std::int64_t> given = fields.whole("seed", 0, kLargestSeed);
  return given ? static_cast<std::uint64_t>(*given) : fresh_seed;
}

}  // namespace

TextCall parse_generate(const std::string& body, std::uint64_t fresh_seed) {
  Fields fields(body);
  TextCall call;
  TextRequest& request = call.request;
  request.prompt = fields.prompt(PromptForm::text);
  request.max_new_tokens = fields.whole("max_new_tokens", 1, kMostNewTokens).value_or(120);
  request.seed = seed_in(fields, fresh_seed);
  Sampling& sampling = request.sampling;
  sampling.temperature =
      fields.real("temperature", 0, LowerBound::excluded, kHighestTemperature).value_or(0.8);
  sampling.top_k =
      unless_null<std::int64_t>(fields, "top_k", fields.whole("top_k", 1, kMostTopK), 40);
  sampling.top_p =
      unless_null<double>(fields, "top_p", fields.real("top_p", 0, LowerBound::excluded, 1), 0.9);
  sampling.repetition_penalty =
      fields.real("repetition_penalty", 1, LowerBound::included, kHighestPenalty).value_or(1.1);
  call.streams = fields.flag("stream");
  fields.refuse_all_problems();
  return call;
}

TextCall parse_completion(const std::string& body, std::uint64_t fresh_seed) {
  Fields fields(body);
  TextCall call;
  TextRequest& request = call.request;
  request.prompt = fields.prompt(PromptForm::text_or_list_of_one);
  request.max_new_tokens = fields.whole("max_tokens", 1, kMostNewTokens).value_or(16);
  request.seed = seed_in(fields, fresh_seed);
  request.sampling.temperature =
      fields.real("temperature", 0, LowerBound::included, kHighestTemperature).value_or(1.0);
  request.sampling.top_p = fields.real("top_p", 0, LowerBound::included, 1);
  call.stops = fields.stops();
  call.streams = fields.flag("stream");
  call.tells_usage_apart = fields.usage_apart(call.streams);
  for (const char* const name : {"model", "user"}) fields.find(name);  // which makes no difference
  for (const char* const name : {"n", "best_of"}) fields.only(name, 1);
  for (const char* const name : {"frequency_penalty", "presence_penalty"}) fields.only(name, 0);
  fields.only("echo", false);
  fields.only("suffix", "");
  fields.only("logit_bias", RequestJson::object());
  fields.only("logprobs", nullptr);
  fields.refuse_all_problems();
  return call;
}

}  // namespace lockstep
