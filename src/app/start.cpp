// SPDX-License-Identifier: Apache-2.0
#include "app/start.h"

#include "app/shared_folder.h"
#include "app/start_checks.h"
#include "base/error.h"
#include "base/log.h"

namespace lockstep {
namespace {

void warn(const World& world, const std::vector<Finding>& findings) {
  if (world.rank() != 0) return;
  for (const Finding& finding : findings) log_warning(finding.text);
}

}  // namespace

std::vector<RankFacts> meet_ranks(World& world, int argc, const char* const* argv) {
  std::vector<RankFacts> facts = gather_facts(world, facts_of_this_rank(argc, argv));
  for (const Finding& finding : start_findings(facts))
    if (finding.severity == Severity::problem) throw SharedError(finding.kind, finding.text);
  return facts;
}

void check_start(World& world, const std::vector<RankFacts>& facts,
                 const std::filesystem::path& directory) {
  warn(world, start_findings(facts));
  if (hosts_of(facts).size() == 1) return;
  warn(world, clock_findings(facts, gather_clock_offsets(world)));
  check_shared_folder(world, facts, directory);
}

void check_memory(const World& world, const std::vector<RankFacts>& facts,
                  std::int64_t needed_bytes) {
  const std::vector<Finding> findings = memory_findings(facts, needed_bytes);
  if (is_far_over_memory(facts, needed_bytes))
    throw SharedError(findings.front().kind, findings.front().text);
  warn(world, findings);
}

}  // namespace lockstep
