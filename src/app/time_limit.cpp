// SPDX-License-Identifier: Apache-2.0
#include "app/time_limit.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <regex>

#include "base/sentence.h"

namespace lockstep {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kSixty = 60;
constexpr std::int64_t kHoursPerDay = 24;

// 0 for a part that is not there.
std::int64_t number_in(const std::ssub_match& part) { return part.matched ? std::stoll(part) : 0; }

seconds time_of(std::int64_t hours, std::int64_t minutes, std::int64_t rest) {
  return seconds((hours * kSixty + minutes) * kSixty + rest);
}

std::optional<seconds> time_in(const std::string& text) {
  static const std::regex minutes(R"(\d{1,6})");
  static const std::regex clock(R"((\d{1,6}):([0-5]\d):([0-5]\d))");
  static const std::regex days(R"((\d{1,4})-([01]?\d|2[0-3])(?::([0-5]\d)(?::([0-5]\d))?)?)");
  std::smatch parts;
  if (std::regex_match(text, minutes)) return time_of(0, std::stoll(text), 0);
  if (std::regex_match(text, parts, clock))
    return time_of(number_in(parts[1]), number_in(parts[2]), number_in(parts[3]));
  if (std::regex_match(text, parts, days))
    return time_of(number_in(parts[1]) * kHoursPerDay + number_in(parts[2]), number_in(parts[3]),
                   number_in(parts[4]));
  return std::nullopt;
}

// Of "1:30" and "1.5" in units that may be minutes or hours: sixtieths of them.
std::optional<std::int64_t> sixtieths_in(const std::string& text) {
  static const std::regex pair(R"((\d{1,6}):([0-5]\d))");
  static const std::regex fraction(R"((\d{1,6}\.\d{1,6}|\.\d{1,6}))");
  std::smatch parts;
  if (std::regex_match(text, parts, pair))
    return number_in(parts[1]) * kSixty + number_in(parts[2]);
  if (std::regex_match(text, fraction)) return std::llround(std::stod(text) * kSixty);
  return std::nullopt;
}

std::string hours_text(std::int64_t time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld",
                static_cast<long long>(time / (kSixty * kSixty)),
                static_cast<long long>(time / kSixty % kSixty),
                static_cast<long long>(time % kSixty));
  return text.data();
}

}  // namespace

std::optional<seconds> time_limit_from_text(const std::string& text) {
  const std::optional<seconds> time = time_in(text);
  return time && time->count() > 0 ? time : std::nullopt;
}

std::string time_limit_instead_of(const std::string& text) {
  std::string forms = sentence("above 0, as minutes, H:MM:SS or D-HH:MM:SS");
  const std::optional<std::int64_t> sixtieths = sixtieths_in(text);
  if (sixtieths.value_or(0) == 0) return forms;
  return forms + "; " +
         sentence("write {0} if minutes are meant, {1} if hours are",
                  {hours_text(*sixtieths), hours_text(*sixtieths * kSixty)});
}

}  // namespace lockstep
