// SPDX-License-Identifier: Apache-2.0
#include "store/publish_order.h"

#include "checkpoint/names.h"

namespace lockstep {
namespace {

std::vector<std::string> pt_names(const CheckpointConfig& config, const TrainState& state,
                                  SaveKind kind) {
  const bool is_best = state.best_epoch == state.epoch;
  switch (config.export_rule) {
    case ExportRule::none: return {};
    case ExportRule::best:
      return is_best ? std::vector<std::string>{names::kBest} : std::vector<std::string>();
    case ExportRule::last:
      if (kind != SaveKind::last_epoch) return {};
      break;
    case ExportRule::every: break;
  }
  std::vector<std::string> names;
  if (config.save_every_epoch) names.push_back(names::epoch_file(state.epoch));
  names.emplace_back(names::kMain);
  if (is_best) names.emplace_back(names::kBest);
  names.emplace_back(names::kLatest);
  return names;
}

}  // namespace

PublishOrder publish_order(const CheckpointConfig& config, const TrainState& state, SaveKind kind) {
  return {.pt_names = kind == SaveKind::within_epoch ? std::vector<std::string>()
                                                     : pt_names(config, state, kind),
          .save_every_epoch = config.save_every_epoch,
          .keep_last_n = config.keep_last_n};
}

}  // namespace lockstep
