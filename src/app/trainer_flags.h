// SPDX-License-Identifier: Apache-2.0
// The flags of the trainer as a table: what is parsed and what --help prints are the same thing.
// A flag that sets a RunConfig field is tied to it by config/fields.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/help_text.h"

namespace lockstep {

struct TrainerFlag {
  std::string_view name;   // "--batch-size"
  std::string_view value;  // "N"; empty for a switch
  HelpText help;
  HelpText group = {"", ""};  // the heading above this flag, if it opens a group
};

std::span<const TrainerFlag> trainer_flags();

// Whether it is a switch of a setting, which can be undone: --fast, --fast=true or --fast=false.
bool is_setting_switch(const TrainerFlag& flag);

// The flag called `name`, or nullptr.
const TrainerFlag* find_trainer_flag(std::string_view name);

// What `trainer --help` prints; defaults are read from RunConfig.
std::string trainer_help(Language language);

}  // namespace lockstep
