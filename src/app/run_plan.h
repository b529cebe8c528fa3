// SPDX-License-Identifier: Apache-2.0
// What a run would do, for --dry-run: sizes and counts from the configuration, the text and the
// machine. Writes nothing and trains no tokenizer, so the tokens of a new text are an estimate.
#pragma once

#include "app/run_memory.h"
#include "app/run_order.h"
#include "config/run_config.h"
#include "report/plan_report.h"

namespace lockstep {

// Throws Error(input) if the text is missing or too short.
RunPlan plan_run(const RunOrder& order, int world_size);

// Throws Error(input), as the run itself would, for a text that is missing or too short, where its
// tokens can be counted before any are made. With that nothing is left of a start that has to fail.
void check_text(const RunConfig& config);

// What each rank needs at most, of a run whose vocabulary need not be known yet.
RunMemory planned_memory(RunConfig config, int world_size);

}  // namespace lockstep
