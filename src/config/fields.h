// SPDX-License-Identifier: Apache-2.0
// Every setting of a RunConfig by name: its key in JSON, its flag of the trainer and where its
// value is. JSON, flags and problems all read this one table. Not for code that knows which setting
// it wants: that uses the struct.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/run_config.h"

namespace lockstep {

using FieldValue =
    std::variant<std::int64_t*, std::uint64_t*, double*, bool*, std::string*,
                 std::vector<std::string>*, GeluKind*, TokenizerKind*, DeviceKind*, Precision*,
                 CommKind*, RateSchedule*, WeightDecayScope*, ExportRule*, SaveErrorPolicy*>;

struct Field {
  std::string_view section;  // "train"; empty for `preset`
  std::string_view key;      // "batch_size"
  std::string_view flag;     // "--batch-size"; empty if only JSON can set it
  FieldValue value;
};

// In the order of the JSON. The values point into `config`.
std::vector<Field> fields_of(RunConfig& config);

// "train.batch_size"
std::string path_of(const Field& field);
// "train.batch_size (--batch-size)"
std::string label_of(const Field& field);
// Whether the value is a text or a list with nothing in it.
bool is_empty(const Field& field);
// The value as a sentence shows it: 4, 0.0001, 'checkpoints', empty.
std::string shown_value(const Field& field);

// The texts of an enum, in the order of its values.
std::span<const std::string_view> texts_of(GeluKind);
std::span<const std::string_view> texts_of(TokenizerKind);
std::span<const std::string_view> texts_of(DeviceKind);
std::span<const std::string_view> texts_of(Precision);
std::span<const std::string_view> texts_of(CommKind);
std::span<const std::string_view> texts_of(RateSchedule);
std::span<const std::string_view> texts_of(WeightDecayScope);
std::span<const std::string_view> texts_of(ExportRule);
std::span<const std::string_view> texts_of(SaveErrorPolicy);

template <typename Enum>
std::string_view text_of(Enum value) {
  return texts_of(value)[static_cast<std::size_t>(value)];
}

// The value of an enum for its text.
template <typename Enum>
std::optional<Enum> choice_named(std::string_view text) {
  const std::span<const std::string_view> texts = texts_of(Enum{});
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (texts[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

// Sets the field from what was typed after its flag: one text, or any number of them for a list.
// Returns what the texts must be ("a whole number") if they are not, and then leaves the field
// alone.
std::optional<std::string> set_from_texts(const Field& field,
                                          const std::vector<std::string>& texts);

// The shortest decimal text that reads back as exactly this number.
std::string number_text(double number);

}  // namespace lockstep
