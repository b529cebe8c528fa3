// SPDX-License-Identifier: Apache-2.0
#include "store/go_on_from.h"

#include "base/log.h"
#include "checkpoint/directory.h"
#include "store/lost_files.h"
#include "store/open_checkpoint.h"

namespace lockstep {

std::vector<std::string> go_on_from(const std::filesystem::path& checkpoint,
                                    const TrainState& state, const CheckpointConfig& config) {
  CheckpointDirectory directory(config.directory);
  std::vector<std::string> given_up = directory.sets_given_up(
      checkpoint_name(checkpoint), {.step = state.step, .ends_an_epoch = state.cursor == 0});
  directory.finish_commit(given_up);
  for (const LostFile& lost : lost_files(directory, state, config.export_rule))
    log_warning(restored(lost));
  return given_up;
}

}  // namespace lockstep
