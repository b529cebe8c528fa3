// SPDX-License-Identifier: Apache-2.0
#include "train/save_outcome.h"

#include <algorithm>

#include "base/error.h"
#include "base/sentence.h"
#include "checkpoint/owner.h"

namespace lockstep {
namespace {

// The first letter.
constexpr char kSuccess = 's';
constexpr char kFailure = 'f';
constexpr char kOusted = 'o';
constexpr char kUnnamed = 'n';

bool is_failure(const std::string& outcome) {
  return outcome.starts_with(kFailure) || outcome.starts_with(kOusted);
}

}  // namespace

std::string success_outcome(const std::string& report) { return kSuccess + report; }
std::string failure_outcome(const std::string& problem) { return kFailure + problem; }
std::string failure_outcome(const std::exception& error) {
  const bool is_ousted = dynamic_cast<const DirectoryTaken*>(&error) != nullptr;
  return (is_ousted ? kOusted : kFailure) + sentence_of(error);
}
std::string unnamed_outcome(const std::string& problem) { return kUnnamed + problem; }

std::string report_in(const std::string& outcome) { return outcome.substr(1); }

std::string failures_in(const std::vector<std::string>& outcomes) {
  constexpr std::size_t kTold = 4;  // where a disk is full, a thousand ranks say so
  std::string problems;
  std::size_t failed = 0;
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank)
    if (is_failure(outcomes[rank]) && ++failed <= kTold)
      problems += (problems.empty() ? "" : "; ") +
                  sentence("rank {0}: {1}", {rank, outcomes[rank].substr(1)});
  if (failed > kTold) problems += "; " + sentence("and {0} {0|rank|ranks} more", {failed - kTold});
  return problems;
}

bool are_ousted(const std::vector<std::string>& outcomes) {
  return std::ranges::any_of(
      outcomes, [](const std::string& outcome) { return outcome.starts_with(kOusted); });
}

std::string unnamed_in(const std::vector<std::string>& outcomes) {
  const auto unnamed = std::ranges::find_if(
      outcomes, [](const std::string& outcome) { return outcome.starts_with(kUnnamed); });
  return unnamed == outcomes.end() ? "" : unnamed->substr(1);
}

}  // namespace lockstep
