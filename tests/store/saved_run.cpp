// SPDX-License-Identifier: Apache-2.0
#include "store/saved_run.h"

#include <stdexcept>

#include "base/file.h"
#include "checkpoint/hdf5_shard.h"
#include "checkpoint/names.h"
#include "config/config_json.h"
#include "export/adamw_groups.h"
#include "store/commit_save.h"
#include "support/flip_bit.h"

namespace lockstep::test {
namespace {

constexpr double kLearningRate = 0.25;

std::filesystem::path carry_out(const SaveOrder& order, const SmallRun& run) {
  make_directory(order.directory / names::kShards, ErrorKind::checkpoint);
  std::vector<PartReport> reports;
  for (std::int64_t shard = 0; shard < order.shard_count; ++shard) {
    const ElementRange range = shard_range(run.content.layout.elements(), shard, order.shard_count);
    reports.push_back(save_part(order, shard, slice_of(run, range)));
  }
  publish_save(order, commit_save(order, reports));
  return order.directory / names::kShards / order.set;
}

}  // namespace

SaveOrder order_for(const std::filesystem::path& directory, const SmallRun& run,
                    std::int64_t shards) {
  const std::int64_t epoch = run.content.state.epoch;
  return {.directory = directory,
          .set = names::epoch_set(epoch),
          .draft_id = "0a1b2c3d",
          .shard_count = shards,
          .content = run.content,
          .learning_rate = kLearningRate,
          .has_pt = true,
          .publish = {.pt_names = {names::epoch_file(epoch), names::kMain, names::kLatest},
                      .keep_last_n = 0},
          .made_by = {{"hdf5", hdf5_version()}}};
}

StateSlice slice_of(const SmallRun& run, ElementRange range) {
  StateSlice slice{.range = range};
  for (const StateArray array : kStateArrays) slice.values[array] = run.elements(array, range);
  return slice;
}

SmallRun run_at_epoch(std::int64_t epoch) {
  SmallRun run = two_chunk_run();
  RunConfig config;
  config.model = run.content.model;
  TrainState& state = run.content.state;
  state.epoch = epoch;
  state.step = 10 * epoch;
  state.run_config = config_to_json(config);
  run.content.groups = adamw_groups(run.content.layout, config.optim, kLearningRate);
  return run;
}

std::filesystem::path save_run(const std::filesystem::path& directory, const SmallRun& run,
                               std::int64_t shards) {
  return carry_out(order_for(directory, run, shards), run);
}

std::filesystem::path save_best_run(const std::filesystem::path& directory, const SmallRun& run,
                                    std::int64_t shards) {
  SaveOrder order = order_for(directory, run, shards);
  order.publish.pt_names.emplace_back(names::kBest);
  return carry_out(order, run);
}

std::filesystem::path save_within_epoch(const std::filesystem::path& directory, const SmallRun& run,
                                        std::int64_t shards) {
  SaveOrder order = order_for(directory, run, shards);
  order.set = names::step_set(run.content.state.step);
  order.has_pt = false;
  order.publish.pt_names.clear();
  return carry_out(order, run);
}

void flip_bit_in(const std::filesystem::path& file, const std::string& bytes) {
  const std::size_t found = read_file(file, ErrorKind::checkpoint).find(bytes);
  if (found == std::string::npos) throw std::runtime_error("no such bytes in " + file.string());
  flip_bit_at(file, static_cast<std::int64_t>(found + bytes.size() / 2));
}

std::string bytes_of(float value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace lockstep::test
