// SPDX-License-Identifier: Apache-2.0
// What a person who typed an unknown name most likely meant, and sentences that list what is
// allowed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

// The name that `given` is a slip of: one with the same first letter that is few slips away or that
// `given` begins. Absent if none is close.
std::optional<std::string_view> nearest_name(std::string_view given,
                                             std::span<const std::string_view> names);

// "; did you mean 'extended'?", or "" without a suggestion.
std::string did_you_mean(std::optional<std::string_view> suggestion);

// "1, 2 or 4"
std::string either_of(std::span<const std::string> texts);

// "'cpu' or 'cuda'"
std::string alternatives(std::span<const std::string_view> names);

// "'cpu' or 'cuda'; did you mean 'cuda'?"
std::string choice_instead_of(std::string_view given, std::span<const std::string_view> names);

}  // namespace lockstep
