// SPDX-License-Identifier: Apache-2.0
// Writes one checkpoint with as many processes as there would be ranks, as fast as the store can,
// beside no training at all: the rate to hold against that of the disk.
//
//   save_bench DIRECTORY MODEL BLOCK_SIZE RANKS shards|both
//
// Prints a line of JSON. DIRECTORY is left with the checkpoint in it.
#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/aligned_memory.h"
#include "base/direct_writer.h"
#include "base/error.h"
#include "base/log.h"
#include "checkpoint/gpt2_layout.h"
#include "checkpoint/names.h"
#include "checkpoint/rank_processes.h"
#include "config/config_json.h"
#include "config/run_config.h"
#include "export/adamw_groups.h"
#include "store/commit_save.h"
#include "store/publish_order.h"
#include "store/save_part.h"

namespace lockstep::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TrainState state_after_one_epoch(const RunConfig& config) {
  TrainState state;
  state.epoch = 1;
  state.step = 100;
  state.best_epoch = 1;
  state.best_loss = state.val_loss = state.train_loss = 1.0;
  state.history = {.train_loss = {1.0}, .val_loss = {1.0}, .epochs = {1}};
  state.run_config = config_to_json(config);
  return state;
}

SaveOrder order_of(const std::filesystem::path& directory, const ModelConfig& model, int ranks,
                   bool has_pt) {
  RunConfig config;
  config.model = model;
  config.checkpoint.export_rule = has_pt ? ExportRule::every : ExportRule::none;
  const TrainState state = state_after_one_epoch(config);
  const FlatLayout layout = gpt2_layout(model);
  const double rate = config.optim.learning_rate;
  return {.directory = directory,
          .set = names::epoch_set(state.epoch),
          .draft_id = "0000beef",
          .shard_count = ranks,
          .content = {.state = state,
                      .model = model,
                      .layout = layout,
                      .groups = adamw_groups(layout, config.optim, rate),
                      .tokenizer = {.kind = "byte", .serialized = ""}},
          .learning_rate = rate,
          .has_pt = has_pt,
          .publish = publish_order(config.checkpoint, state, SaveKind::epoch)};
}

// Memory of a rank with values in it, all pages touched; aligned as the trainer's copy is.
struct Slice {
  PerArray<AlignedMemory<float>> values;
  StateSlice view;
};

std::shared_ptr<Slice> make_slice(std::int64_t elements, int rank, int ranks) {
  auto slice = std::make_shared<Slice>();
  slice->view.range = shard_range(elements, rank, ranks);
  float value = 0.5F;
  for (const StateArray array : kStateArrays) {
    const auto count = static_cast<std::size_t>(slice->view.range.count());
    slice->values[array] = aligned_memory<float>(count, kDirectAlignment);
    const std::span<float> values(slice->values[array].get(), count);
    for (float& element : values) element = value = 3.7F * value * (1.0F - value);
    slice->view.values[array] = values;
  }
  return slice;
}

// The seconds of one copy of the slice, into memory that is there already.
double time_copy(const StateSlice& slice) {
  const auto count = static_cast<std::size_t>(slice.range.count());
  double seconds = 0.0;
  for (const StateArray array : kStateArrays) {
    const AlignedMemory<float> copy = aligned_zeros<float>(count, kDirectAlignment);
    const Clock::time_point start = Clock::now();
    std::ranges::copy(slice.values[array], copy.get());
    seconds += seconds_since(start);
  }
  return seconds;
}

RankProcesses::Work prepare_rank(const SaveOrder& order, int rank, int ranks) {
  const auto slice = make_slice(order.content.layout.elements(), rank, ranks);
  const double copy_seconds = time_copy(slice->view);
  return [&order, slice, rank, copy_seconds] {
    forget_peak();
    const long long before = resident_bytes();
    const double processor_before = processor_seconds();
    const PartReport report = save_part(order, rank, slice->view);
    return Json{{"report", report_to_text(report)},
                {"copy_seconds", copy_seconds},
                {"processor_seconds", processor_seconds() - processor_before},
                {"extra_memory", peak_resident_bytes() - before}}
        .dump();
  };
}

Json save(const SaveOrder& order, int ranks) {
  RankProcesses processes(ranks, [&](int rank) { return prepare_rank(order, rank, ranks); });
  const Clock::time_point start = Clock::now();
  const std::vector<std::string> answers = processes.run();
  const double part_seconds = seconds_since(start);
  std::vector<PartReport> reports;
  Json extra_memory = Json::array();
  double copy_seconds = 0.0;
  double all_processor_seconds = 0.0;
  for (const std::string& answer : answers) {
    const Json object = Json::parse(answer);
    reports.push_back(report_from_text(object.at("report").get<std::string>()));
    extra_memory.push_back(object.at("extra_memory"));
    copy_seconds = std::max(copy_seconds, object.at("copy_seconds").get<double>());
    all_processor_seconds += object.at("processor_seconds").get<double>();
  }
  const Manifest manifest = commit_save(order, reports);
  const double seconds = seconds_since(start);
  publish_save(order, manifest);
  return {{"what", "write"},
          {"ranks", ranks},
          {"form", order.has_pt ? "both" : "shards"},
          {"bytes", bytes_of_save(order)},
          {"part_seconds", part_seconds},
          {"seconds", seconds},
          {"copy_seconds", copy_seconds},
          {"processor_seconds", all_processor_seconds},
          {"extra_memory", extra_memory},
          {"root", manifest.root}};
}

int run(std::span<char*> arguments) {
  if (arguments.size() != 6)
    throw Error(ErrorKind::usage, "save_bench DIRECTORY MODEL BLOCK_SIZE RANKS shards|both");
  const ModelConfig model = model_of(arguments[2], std::stoll(arguments[3]));
  const int ranks = std::stoi(arguments[4]);
  const SaveOrder order = order_of(arguments[1], model, ranks, std::string(arguments[5]) == "both");
  std::cout << save(order, ranks).dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace lockstep::bench

int main(int argc, char** argv) {
  try {
    return lockstep::bench::run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    lockstep::log_error(error.what());
    return static_cast<int>(lockstep::exit_code_for(lockstep::kind_of(error)));
  }
}
