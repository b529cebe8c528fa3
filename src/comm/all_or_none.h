// SPDX-License-Identifier: Apache-2.0
// Work that may fail on one rank, done so that no rank leaves alone: either it succeeds on all of
// them or every rank throws the same SharedError. Without this the first failure would leave the
// others waiting in the next collective.
#pragma once

#include <functional>
#include <string>

#include "comm/world.h"

namespace lockstep {

// COLLECTIVE. Runs `work` on every rank. If it throws on any, every rank throws a SharedError of
// the first failing rank's kind; equal texts of all ranks are said once, others with their rank.
// REQUIRES: `work` itself is not collective.
void all_or_none(World& world, const std::function<void()>& work,
                 std::chrono::seconds timeout = kPeerTimeout);

// COLLECTIVE. Runs `work` on rank 0 alone while the others wait, and returns its text on every
// rank: how a decision is made once and shared. If it throws, every rank throws a SharedError.
// REQUIRES: `work` itself is not collective.
std::string ask_rank_zero(World& world, const std::function<std::string()>& work,
                          std::chrono::seconds timeout = kPeerTimeout);

}  // namespace lockstep
