// SPDX-License-Identifier: Apache-2.0
#include "report/numbers.h"

#include <array>
#include <charconv>
#include <cmath>

namespace lockstep {
namespace {

constexpr double kBytesPerMebibyte = 1024.0 * 1024.0;

// std::to_chars, because printf writes a decimal comma under some locales.
std::string formatted(double value, std::chars_format format, int precision) {
  if (const auto name = non_finite_name(value)) return std::string(*name);
  std::array<char, 512> digits;  // the largest double has 309 digits before the point
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, format, precision).ptr;
  return std::string(digits.data(), end);
}

std::string fixed(double value, int decimals) {
  return formatted(value, std::chars_format::fixed, decimals);
}

std::string two_digits(std::int64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

std::string calendar_text(const std::tm& calendar, const char* format) {
  std::array<char, 64> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &calendar));
}

}  // namespace

std::optional<std::string_view> non_finite_name(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return std::nullopt;
}

std::string loss_text(double loss) { return fixed(loss, 4); }

std::string size_text(std::int64_t bytes) {
  return fixed(static_cast<double>(bytes) / kBytesPerMebibyte, 1) + "MB";
}

std::string seconds_text(double seconds) {
  return fixed(seconds, 1) + "s (" + fixed(seconds / 60.0, 1) + "min)";
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  const std::int64_t hours = whole / 3600;
  const std::string below_an_hour = two_digits(whole / 60 % 60) + ":" + two_digits(whole % 60);
  return hours > 0 ? std::to_string(hours) + ":" + below_an_hour : below_an_hour;
}

std::string thousands_text(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first_digit = count < 0 ? 1 : 0;
  for (std::size_t place = text.size(); place > first_digit + 3;) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

std::string rate_text(double steps_per_second) {
  if (steps_per_second < 1.0) return fixed(1.0 / steps_per_second, 2) + "s/it";
  return fixed(steps_per_second, 2) + "it/s";
}

std::string learning_rate_text(double learning_rate) {
  return formatted(learning_rate, std::chars_format::general, 6);
}

std::string local_time_text(std::time_t moment) {
  std::tm calendar{};
  ::localtime_r(&moment, &calendar);
  return calendar_text(calendar, "%Y-%m-%d %H:%M:%S");
}

std::string utc_time_text(std::time_t moment) {
  std::tm calendar{};
  ::gmtime_r(&moment, &calendar);
  return calendar_text(calendar, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace lockstep
