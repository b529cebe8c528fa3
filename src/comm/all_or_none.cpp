// SPDX-License-Identifier: Apache-2.0
#include "comm/all_or_none.h"

#include <algorithm>
#include <exception>

#include "base/sentence.h"

namespace lockstep {
namespace {

// What one rank tells the others of its work: one letter, then the result or what went wrong.
constexpr char kSuccess = 's';
char letter_for(ErrorKind kind) { return static_cast<char>('A' + static_cast<int>(kind)); }
ErrorKind kind_for(char letter) { return static_cast<ErrorKind>(letter - 'A'); }

std::string outcome_of(const std::function<std::string()>& work) {
  try {
    return kSuccess + work();
  } catch (const std::exception& error) {
    return letter_for(kind_of(error)) + sentence_of(error);
  }
}

[[noreturn]] void throw_shared(const std::vector<std::string>& outcomes, const std::string& first) {
  const bool all_equal =
      std::ranges::all_of(outcomes, [&](const std::string& outcome) { return outcome == first; });
  if (all_equal) throw SharedError(kind_for(first.front()), first.substr(1));
  std::string report;
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    if (outcomes[rank].front() == kSuccess) continue;
    if (!report.empty()) report += "\n";
    report += sentence("rank {0}: {1}", {rank, outcomes[rank].substr(1)});
  }
  throw SharedError(kind_for(first.front()), report);
}

}  // namespace

void all_or_none(World& world, const std::function<void()>& work, std::chrono::seconds timeout) {
  const std::vector<std::string> outcomes = world.gather_all(outcome_of([&] {
                                                               work();
                                                               return std::string();
                                                             }),
                                                             timeout);
  for (const std::string& outcome : outcomes) {
    if (outcome.front() != kSuccess) throw_shared(outcomes, outcome);
  }
}

std::string ask_rank_zero(World& world, const std::function<std::string()>& work,
                          std::chrono::seconds timeout) {
  const std::string mine = world.rank() == 0 ? outcome_of(work) : std::string();
  const std::string answer = world.gather_all(mine, timeout).front();
  if (answer.front() != kSuccess) throw SharedError(kind_for(answer.front()), answer.substr(1));
  return answer.substr(1);
}

}  // namespace lockstep
