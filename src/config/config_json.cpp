// SPDX-License-Identifier: Apache-2.0
#include "config/config_json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/json_depth.h"
#include "base/sentence.h"
#include "config/fields.h"
#include "config/presets.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
using Problem = std::optional<std::string>;

constexpr int kIndent = 2;
constexpr std::size_t kShownCharacters = 60;

template <typename T>
Json written(const T& value) {
  if constexpr (std::is_enum_v<T>)
    return text_of(value);
  else
    return value;
}

// Each read() returns what the JSON must be if it is not.
Problem read(const Json& json, bool& value) {
  if (!json.is_boolean()) return sentence("true or false");
  value = json.get<bool>();
  return std::nullopt;
}

Problem read(const Json& json, double& value) {
  if (!json.is_number()) return sentence("a number");
  value = json.get<double>();
  return std::nullopt;
}

Problem read(const Json& json, std::int64_t& value) {
  if (!json.is_number_integer()) return sentence("a whole number");
  if (json.is_number_unsigned() && !std::in_range<std::int64_t>(json.get<std::uint64_t>()))
    return sentence("at most {0}", {std::numeric_limits<std::int64_t>::max()});
  value = json.get<std::int64_t>();
  return std::nullopt;
}

Problem read(const Json& json, std::uint64_t& value) {
  if (!json.is_number_unsigned())
    return sentence("a whole number from 0 to {0}", {std::numeric_limits<std::uint64_t>::max()});
  value = json.get<std::uint64_t>();
  return std::nullopt;
}

Problem read(const Json& json, std::string& value) {
  if (!json.is_string()) return sentence("a text");
  value = json.get<std::string>();
  return std::nullopt;
}

Problem read(const Json& json, std::vector<std::string>& value) {
  const auto is_text = [](const Json& each) { return each.is_string(); };
  if (!json.is_array() || !std::ranges::all_of(json, is_text)) return sentence("a list of texts");
  value = json.get<std::vector<std::string>>();
  return std::nullopt;
}

template <typename Enum>
Problem read(const Json& json, Enum& value) {
  const auto choice = json.is_string() ? choice_named<Enum>(json.get<std::string>()) : std::nullopt;
  if (!choice)
    return choice_instead_of(json.is_string() ? json.get<std::string>() : "", texts_of(Enum{}));
  value = *choice;
  return std::nullopt;
}

std::string shown(const Json& json) {
  if (json.is_string()) return "'" + json.get<std::string>() + "'";
  const std::string text = json.dump();
  return text.size() <= kShownCharacters ? text : text.substr(0, kShownCharacters) + "...";
}

// Reads one parsed document into a RunConfig and collects the problems on the way.
class ConfigReader {
 public:
  ConfigReader(RunConfig& config, const std::optional<std::string>& preset)
      : config_(config), preset_(preset), fields_(fields_of(config)) {}

  void read_document(const Json& document) {
    if (!document.is_object()) {
      problems_.push_back(
          sentence("the configuration is {0}; it must be a JSON object", {shown(document)}));
      return;
    }
    read_preset(document);
    for (const auto& [key, value] : document.items())
      if (key != "preset") read_section(key, value);
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void must_be(const std::string& label, const Json& found, const std::string& allowed) {
    problems_.push_back(sentence("{0} is {1}; it must be {2}", {label, shown(found), allowed}));
  }

  void read_preset(const Json& document) {
    const auto found = document.find("preset");
    if (found == document.end()) return;
    if (!found->is_string()) return must_be("preset (--preset)", *found, sentence("a text"));
    if (const Problem problem = apply_preset(config_, found->get<std::string>()))
      problems_.push_back(*problem);
    // One that is not known has its sentence already.
    if (preset_) static_cast<void>(apply_preset(config_, *preset_));
  }

  void read_section(const std::string& section, const Json& content) {
    const std::vector<std::string_view> keys = keys_of(section);
    if (keys.empty()) return unknown_section(section);
    if (!content.is_object())
      return must_be(section, content, sentence("an object of keys and values"));
    if (section == "model") read_model_name(content);
    for (const auto& [key, value] : content.items()) read_key(section, key, value, keys);
    if (section == "train") settle_batch(content);
  }

  // An unknown name is a size of one's own, if the JSON says which, and else a slip.
  void read_model_name(const Json& model) {
    const auto name = model.find("name");
    if (name == model.end() || !name->is_string()) return;
    const bool is_own =
        model.contains("n_layer") && model.contains("n_head") && model.contains("n_embd");
    const Problem problem = apply_model(config_, name->get<std::string>());
    if (problem && !is_own)
      problems_.push_back(
          sentence("{0} (a size of your own needs n_layer, n_head and n_embd)", {*problem}));
  }

  void read_key(const std::string& section, const std::string& key, const Json& value,
                const std::vector<std::string_view>& keys) {
    const auto is_it = [&](const Field& f) { return f.section == section && f.key == key; };
    const auto field = std::ranges::find_if(fields_, is_it);
    if (field == fields_.end()) return unknown_key(section, key, keys);
    const auto problem =
        std::visit([&](auto* target) { return lockstep::read(value, *target); }, field->value);
    if (problem) must_be(label_of(*field), value, *problem);
  }

  // The one of the two that a lower layer set must not contradict the one set here.
  void settle_batch(const Json& train) {
    const bool has_both = train.contains("batch_size") && train.contains("batch_per_rank");
    if (has_both) return;
    if (train.contains("batch_size")) config_.train.batch_per_rank = 0;
    if (train.contains("batch_per_rank") && config_.train.batch_per_rank != 0)
      config_.train.batch_size = 0;
  }

  void unknown_section(const std::string& section) {
    std::vector<std::string_view> names = {"preset"};
    for (const Field& field : fields_)
      if (field.section != names.back() && !field.section.empty()) names.push_back(field.section);
    unknown(section, nearest_name(section, names), names);
  }

  void unknown_key(const std::string& section, const std::string& key,
                   const std::vector<std::string_view>& keys) {
    const auto elsewhere = std::ranges::find(fields_, key, &Field::key);
    const std::string found = elsewhere != fields_.end() ? path_of(*elsewhere) : "";
    const auto nearest = found.empty() ? nearest_name(key, keys) : std::string_view(found);
    unknown(section + "." + key, nearest, keys);
  }

  void unknown(const std::string& path, const std::optional<std::string_view>& nearest,
               const std::vector<std::string_view>& names) {
    problems_.push_back(
        nearest ? sentence("{0}: unknown key; did you mean '{1}'?", {path, *nearest})
                : sentence("{0}: unknown key; it must be {1}", {path, alternatives(names)}));
  }

  std::vector<std::string_view> keys_of(const std::string& section) const {
    std::vector<std::string_view> keys;
    for (const Field& field : fields_)
      if (!section.empty() && field.section == section) keys.push_back(field.key);
    return keys;
  }

  RunConfig& config_;
  const std::optional<std::string>& preset_;
  std::vector<Field> fields_;
  std::vector<std::string> problems_;
};

struct Place {
  std::ptrdiff_t line = 1;
  std::size_t column = 1;
};

Place place_at(const std::string& json, std::size_t offset) {
  const std::string_view before = std::string_view(json).substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return {.line = 1 + std::ranges::count(before, '\n'), .column = 1 + before.size() - line_start};
}

std::string syntax_problem(const std::string& json, const Json::parse_error& error) {
  const Place place = place_at(json, std::max<std::size_t>(error.byte, 1) - 1);
  if (error.byte > json.size())
    return sentence("line {0}, column {1}: the text ends before the JSON does",
                    {place.line, place.column});
  return sentence("line {0}, column {1}: not JSON here", {place.line, place.column});
}

// The library quotes a number that is too large, without its place.
std::string number_problem(const std::string& json, const Json::exception& error) {
  const std::string message = error.what();
  const std::size_t quote = message.find('\'');
  const std::string number = message.substr(quote + 1, message.rfind('\'') - quote - 1);
  const Place place = place_at(json, json.find(number));
  return sentence("line {0}, column {1}: {2} is too large for a number",
                  {place.line, place.column, number});
}

// The JSON library reads a key given twice as the last of its values; for a configuration it is a
// mistake. Collects such keys while parsing.
class RepeatedKeys {
 public:
  void see(nlohmann::json::parse_event_t event, const Json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event != Event::key || open_.empty()) return;
    const auto key = parsed.get<std::string>();
    if (!open_.back().insert(key).second)
      problems_.push_back(sentence("{0}: the key is given twice", {key}));
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::set<std::string>> open_;  // the keys so far of every object not yet closed
  std::vector<std::string> problems_;
};

}  // namespace

std::string config_to_json(const RunConfig& config) {
  RunConfig copy = config;
  Json document = Json::object();
  for (const Field& field : fields_of(copy)) {
    Json& section = field.section.empty() ? document : document[std::string(field.section)];
    section[std::string(field.key)] =
        std::visit([](const auto* value) { return written(*value); }, field.value);
  }
  try {
    return document.dump(kIndent) + "\n";
  } catch (const Json::exception&) {
    throw Error(ErrorKind::usage,
                sentence("writing the configuration as JSON: a text in it is not UTF-8 (file and "
                         "folder names must be)"));
  }
}

std::vector<std::string> apply_json(const std::string& json, RunConfig& config,
                                    const std::optional<std::string>& preset) {
  if (nests_too_deep(json)) return {sentence("the JSON cannot be read: {0}", {nesting_problem()})};
  RepeatedKeys repeated;
  Json document;
  try {
    document = Json::parse(json, [&](int, Json::parse_event_t event, const Json& parsed) {
      repeated.see(event, parsed);
      return true;
    });
  } catch (const Json::parse_error& error) {
    return {sentence("the JSON cannot be read: {0}", {syntax_problem(json, error)})};
  } catch (const Json::exception& error) {
    return {sentence("the JSON cannot be read: {0}", {number_problem(json, error)})};
  }
  ConfigReader reader(config, preset);
  reader.read_document(document);
  std::vector<std::string> problems = repeated.problems();
  problems.insert(problems.end(), reader.problems().begin(), reader.problems().end());
  return problems;
}

std::set<std::string> settings_in(const std::string& json) {
  std::set<std::string> settings;
  if (nests_too_deep(json)) return settings;
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return settings;
  for (const auto& [section, content] : document.items()) {
    if (!content.is_object())
      settings.insert(section);
    else
      for (const auto& [key, value] : content.items())
        settings.insert(std::string(section).append(".").append(key));
  }
  return settings;
}

}  // namespace lockstep
