// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "base/sentence.h"
#include "config/fields.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

using Problem = std::optional<std::string>;

template <typename Number>
std::from_chars_result read_number(const std::string& text, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number);
}

bool is_whole(const std::from_chars_result& result, const std::string& text) {
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// What texts such as 1e3 and 2.0 mean: a whole number that is not written as one.
std::optional<std::int64_t> meant_number(const std::string& text) {
  double number = 0.0;
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it doubles skip whole numbers
  if (!is_whole(read_number(text, number), text) || !(std::abs(number) < kExact) ||
      number != std::floor(number))
    return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string whole_number_instead_of(const std::string& text) {
  const std::optional<std::int64_t> meant = meant_number(text);
  return meant ? sentence("a whole number; write {0}", {*meant}) : sentence("a whole number");
}

template <typename Integer>
Problem set_integer(Integer& field, const std::string& text) {
  Integer number = 0;
  const std::from_chars_result result = read_number(text, number);
  if (result.ec == std::errc::result_out_of_range)
    return sentence("between {0} and {1}",
                    {std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()});
  if (!is_whole(result, text)) {
    if (std::numeric_limits<Integer>::is_signed) return whole_number_instead_of(text);
    return sentence("a whole number that is not negative");
  }
  field = number;
  return std::nullopt;
}

Problem set_one(std::int64_t& field, const std::string& text) { return set_integer(field, text); }
Problem set_one(std::uint64_t& field, const std::string& text) { return set_integer(field, text); }

Problem set_one(double& field, const std::string& text) {
  double number = 0.0;
  const std::from_chars_result result = read_number(text, number);
  if (result.ec == std::errc::result_out_of_range)
    return sentence("a number that double precision can hold");
  if (!is_whole(result, text)) return sentence("a number, such as 0.01 or 5e-5");
  field = number;
  return std::nullopt;
}

Problem set_one(bool& field, const std::string& text) {
  if (text != "true" && text != "false") return sentence("true or false");
  field = text == "true";
  return std::nullopt;
}

Problem set_one(std::string& field, const std::string& text) {
  field = text;
  return std::nullopt;
}

template <typename Enum>
Problem set_one(Enum& field, const std::string& text) {
  const std::optional<Enum> choice = choice_named<Enum>(text);
  if (!choice) return choice_instead_of(text, texts_of(Enum{}));
  field = *choice;
  return std::nullopt;
}

template <typename T>
Problem set_all(T& field, const std::vector<std::string>& texts) {
  if (texts.size() != 1) return sentence("one value");
  return set_one(field, texts.front());
}

Problem set_all(std::vector<std::string>& field, const std::vector<std::string>& texts) {
  field = texts;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> set_from_texts(const Field& field,
                                          const std::vector<std::string>& texts) {
  return std::visit([&](auto* value) { return set_all(*value, texts); }, field.value);
}

std::string number_text(double number) {
  // std::to_chars alone prefers 1e-04 to 0.0001.
  std::array<char, 32> digits{};
  std::string text;
  double read_back = 0.0;
  for (int precision = 1; precision <= std::numeric_limits<double>::max_digits10; ++precision) {
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                            std::chars_format::general, precision);
    text.assign(digits.data(), end);
    if (is_whole(read_number(text, read_back), text) && read_back == number) break;
  }
  return text;
}

}  // namespace lockstep
