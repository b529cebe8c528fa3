// SPDX-License-Identifier: Apache-2.0
// Makes exact steps and plain ones in turn, on the same text with the same model.
//
//   mpirun -np W lanes_bench FOLDER MODEL BLOCK_SIZE BATCH_SIZE LANES PAIRS THREADS WINDOWS
//
// Rank 0 prints a line of JSON. FOLDER is for the text. WINDOWS 1: the ranks of a machine read each
// other's gradients; 0: they are sent, as between machines.
#include <ATen/Parallel.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "comm/mpi_world.h"
#include "config/presets.h"
#include "lanes/counting_collectives.h"
#include "lanes/plain_step.h"
#include "model/init.h"
#include "train/lane_windows.h"
#include "train/prepared_text.h"
#include "train/trainer.h"
#include "train/training_step.h"

namespace lockstep::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kWarmUp = 2;  // steps of each kind

// A model of the trainer's, or "small": four layers, 128 wide, where overhead rules.
ModelConfig model_named(const std::string& name) {
  if (name == "small")
    return {.name = name, .vocab_size = 0, .n_layer = 4, .n_head = 4, .n_embd = 128};
  const ModelSize* const size = find_model(name);
  if (size == nullptr) throw Error(ErrorKind::usage, "there is no model " + name);
  return size->config;
}

RunConfig config_of(const std::vector<std::string>& words) {
  RunConfig config;
  config.model = model_named(words.at(1));
  config.model.block_size = std::stoll(words.at(2));
  config.model.dropout = 0.0;
  config.data.tokenizer = TokenizerKind::byte;
  config.train.batch_size = std::stoll(words.at(3));
  config.train.lanes = std::stoll(words.at(4));
  config.train.threads = std::stoll(words.at(6));
  config.checkpoint.directory = words.at(0);
  config.data.files = {words.at(0) + "/text.txt"};
  return config;
}

void write_text(const RunConfig& config, std::int64_t steps) {
  const std::string sentence = "the quick brown fox jumps over the lazy dog ";
  const auto needed = static_cast<std::size_t>((steps * config.train.batch_size + 10) *
                                               config.model.block_size * 2);
  std::string text;
  while (text.size() < needed) text += sentence;
  make_directory(config.checkpoint.directory, ErrorKind::input);
  write_durably(config.data.files.front(), text, ErrorKind::input);
}

// Each kind of step has a model of its own.
class Bench {
 public:
  Bench(World& world, RunConfig config, std::int64_t steps, bool has_windows)
      : world_(world),
        config_(std::move(config)),
        text_(prepare_text(world, config_, TextOrigin::new_run, std::nullopt)),
        collectives_(
            make_collectives(world.size() == 1 ? CollectivesKind::solo : CollectivesKind::mpi),
            has_windows),
        exact_model_(config_.model),
        plain_model_(config_.model),
        optimizer_(layout(), config_.optim,
                   shard_range(layout().elements(), world.rank(), world.size()),
                   exact_model_.parameters().values()),
        exact_({.world = world, .collectives = collectives_}, exact_model_, optimizer_,
               lane_plan(config_), config_.optim.clip_norm, config_.train.seed),
        plain_(plain_model_, config_.optim, world.size()),
        exact_batches_(batches(lane_plan(config_), steps)),
        // As few passes as there are ranks.
        plain_batches_(
            batches({.batch_size = config_.train.batch_size, .lanes = world.size()}, steps)) {
    initialize(exact_model_.parameters(), config_.model, config_.train.seed);
    initialize(plain_model_.parameters(), config_.model, config_.train.seed);
  }

  double exact_step() {
    const StepPlan plan{.step = step_++,
                        .sequences = config_.train.batch_size,
                        .learning_rate = config_.optim.learning_rate};
    return timed([&] {
      exact_.run(plan, exact_batches_, {}, {.in_between = [] {}, .before_update = [] {}});
    });
  }

  double plain_step() {
    const auto targets = static_cast<double>(config_.train.batch_size * config_.model.block_size);
    return timed([&] { plain_.run(plain_batches_.next(), targets); });
  }

  std::int64_t elements() { return layout().elements(); }
  std::int64_t bytes_sent() const { return collectives_.bytes(); }

 private:
  const FlatLayout& layout() { return exact_model_.parameters().layout(); }

  BatchStream batches(const LanePlan& lanes, std::int64_t steps) {
    const std::int64_t windows = text_.split.train.count;
    return {text_.train, text_.split.train,
            lane_windows(SampleOrder(config_.train.seed, windows), epoch_plan(config_, windows),
                         lanes, lanes.lanes_of(world_.rank(), world_.size()), {.steps = steps})};
  }

  // From when all ranks begin until all have ended.
  template <class Step>
  double timed(const Step& step) {
    world_.gather_all(std::vector<double>{});
    const Clock::time_point start = Clock::now();
    step();
    world_.gather_all(std::vector<double>{});
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  World& world_;
  RunConfig config_;
  PreparedText text_;
  CountingCollectives collectives_;
  Gpt exact_model_, plain_model_;
  AdamW optimizer_;
  TrainingStep exact_;
  PlainStep plain_;
  BatchStream exact_batches_, plain_batches_;
  std::int64_t step_ = 0;
};

void run(World& world, const std::vector<std::string>& words) {
  const RunConfig config = config_of(words);
  const std::int64_t pairs = std::stoll(words.at(5));
  const std::int64_t steps = kWarmUp + pairs;
  at::set_num_threads(static_cast<int>(config.train.threads));
  if (world.rank() == 0) write_text(config, steps);
  world.gather_all(std::vector<double>{});
  Bench bench(world, config, steps, words.at(7) == "1");
  std::vector<double> exact, plain;
  for (std::int64_t step = 0; step < steps; ++step) {
    // Whoever comes second finds the caches as the first left them.
    const bool exact_first = step % 2 == 0;
    if (exact_first) exact.push_back(bench.exact_step());
    plain.push_back(bench.plain_step());
    if (!exact_first) exact.push_back(bench.exact_step());
  }
  exact.erase(exact.begin(), exact.begin() + kWarmUp);
  plain.erase(plain.begin(), plain.begin() + kWarmUp);
  if (world.rank() != 0) return;
  std::cout << nlohmann::json{{"ranks", world.size()},
                              {"lanes", config.train.lanes},
                              {"elements", bench.elements()},
                              {"bytes_sent", bench.bytes_sent() / steps},
                              {"exact", exact},
                              {"plain", plain}}
                   .dump()
            << std::endl;
}

}  // namespace
}  // namespace lockstep::bench

int main(int argc, char** argv) {
  const std::unique_ptr<lockstep::World> world = lockstep::make_mpi_world();
  try {
    lockstep::bench::run(*world, {argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lanes_bench: " << error.what() << "\n";
    world->abort(lockstep::ExitCode::internal);  // the others would wait for this rank
  }
}
