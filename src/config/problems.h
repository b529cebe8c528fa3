// SPDX-License-Identifier: Apache-2.0
// Every rule a configuration breaks, all at once, and the quantities that follow from one without
// problems. Knows nothing of the disk or the machine: whether a file exists is found out elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/run_config.h"

namespace lockstep {

// Names go into JSON, between ranks and on the disk.
bool is_utf8(const std::string& text);

// One sentence for each broken rule: "train.batch_size (--batch-size) is 0; it must be at least 1".
std::vector<std::string> problems_in(const RunConfig& config);

// The same for the sizes of a model that somebody else describes, and says nothing of its name.
std::vector<std::string> problems_in(const ModelConfig& model);

// Turns batch_per_rank into batch_size (= this x ranks), the same thing in words that no longer
// depend on the number of ranks. Returns what stands against it: a batch_size that says otherwise,
// or lanes that do not divide the result. On a GPU it also chooses the lanes where nobody has: as
// few as give every rank one. REQUIRES: a config without problems.
[[nodiscard]] std::vector<std::string> resolve_batch(RunConfig& config, std::int64_t world_size);

// train.lanes, or the largest divisor of the batch that is at most 8.
// REQUIRES: a config without problems, after resolve_batch().
std::int64_t resolved_lanes(const RunConfig& config);

// Throws Error(usage) with the sentences, one line each, if there are any: "3 problems in the
// configuration:". A single one is the whole message.
void refuse_problems(const std::string& place, const std::vector<std::string>& problems);

}  // namespace lockstep
