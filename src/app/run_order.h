// SPDX-License-Identifier: Apache-2.0
// What a run is to do, decided once from the command line and the checkpoint directory: whether it
// starts afresh, goes on, or starts from given weights, and with which configuration.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/trainer_command.h"
#include "checkpoint/train_state.h"
#include "config/run_config.h"

namespace lockstep {

enum class RunStart { fresh, resumed, from_weights };

struct RunOrder {
  RunStart start = RunStart::fresh;
  RunConfig config;            // complete but for a vocab_size that the tokenizer decides
  std::filesystem::path file;  // the checkpoint to start from, by the name it will have; empty for
                               // a fresh start
  TrainState state;            // where a resumed run stands
};

// Reads the directory, and the checkpoint if there is one; writes nothing. Throws Error(usage) for
// a configuration with problems, and one that does not fit the checkpoint; Error(checkpoint) with
// nothing to resume. Whether a new run may begin in its directory is what obstacle_to_new_run()
// says.
// THREADS: one rank; the others get the order as text.
// `damaged` are checkpoints that a resume must not start from again.
RunOrder decide_order(const TrainerCommand& command, int world_size,
                      const std::vector<std::filesystem::path>& damaged = {});

// Where a living process has the directory: for a run that goes on there, before it takes it.
void warn_of_taking_over(const std::filesystem::path& directory);

// There and back.
std::string order_to_text(const RunOrder& order);
RunOrder order_from_text(const std::string& text);

}  // namespace lockstep
