// SPDX-License-Identifier: Apache-2.0
// What a person who gave the trainer a flag that it does not have is told: many know the names of
// torchrun, transformers, Lightning, Megatron and nanoGPT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// How a run that there is goes on, and how its weights begin another.
std::string ways_to_go_on();

// What other tools call by these names.
struct KnownElsewhere {
  std::string hint;        // our flag, with its value where that is part of it, or a sentence
  std::string_view names;  // as "learning-rate", with a space between two
};

std::vector<KnownElsewhere> known_elsewhere();

// "; did you mean '--learning-rate'?", "; each GPU is a rank: ..." or "; see trainer --help".
std::string hint_for_flag(std::string_view unknown);

}  // namespace lockstep
