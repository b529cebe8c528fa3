// SPDX-License-Identifier: Apache-2.0
#include "app/assemble.h"

#include <malloc.h>
#include <torch/version.h>

#include <cstdlib>
#include <map>

#include "app/workplace.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/sentence.h"
#include "checkpoint/hdf5_shard.h"
#include "comm/all_or_none.h"
#include "config/config_json.h"
#include "config/presets.h"
#include "config/problems.h"
#include "model/first_calls.h"
#include "model/init.h"
#include "store/lost_files.h"
#include "store/open_checkpoint.h"
#include "train/checkpointer.h"
#include "train/gpu_memory.h"
#include "train/prepared_text.h"
#include "train/restore.h"

namespace lockstep {
namespace {

void warn_of_idle_ranks(const World& world, const RunConfig& config) {
  const std::int64_t lanes = resolved_lanes(config);
  if (world.rank() != 0 || world.size() <= lanes) return;
  const std::int64_t idle = world.size() - lanes;
  log_warning(
      sentence("{0} of {1} ranks {0|has|have} nothing to do: a batch of {2} is cut into {3} "
               "{3|lane|lanes}; start fewer ranks, or give a larger --batch-size or more --lanes",
               {idle, world.size(), config.train.batch_size, lanes}));
}

// COLLECTIVE.
std::optional<StoredTokenizer> tokenizer_in(World& world, const RunOrder& order) {
  std::optional<StoredTokenizer> tokenizer;
  all_or_none(world, [&] {
    if (world.rank() == 0 && order.start != RunStart::fresh)
      tokenizer = open_checkpoint(order.file).tokenizer;
  });
  return tokenizer;
}

// COLLECTIVE. A resumed run goes on with the very tokens it began with.
void check_same_tokens(World& world, const RunOrder& order, const PreparedText& text) {
  all_or_none(world, [&] {
    const std::string& before = order.state.tokens_digest;
    if (before.empty() || before == text.digest()) return;
    throw Error(ErrorKind::input,
                sentence("resuming {0}: the text is not the one this run was trained on (tokens "
                         "{1}, then {2}); give that text, or start a new run from these weights "
                         "with --checkpoint {3} and another --output-dir",
                         {order.file, text.digest(), before, shell_word(order.file.string())}));
  });
}

// COLLECTIVE.
void restore(World& world, Collectives& collectives, const RunOrder& order, Gpt& model,
             AdamW& optimizer) {
  switch (order.start) {
    case RunStart::fresh:
      return initialize(model.parameters(), model.config(), order.config.train.seed);
    case RunStart::from_weights: return restore_parameters(world, collectives, order.file, model);
    case RunStart::resumed:
      return restore_run(world, collectives, order.file, updates_made(order.state), model,
                         optimizer);
  }
}

TrainState starting_state(const RunOrder& order, const AdamW& optimizer, const RunConfig& config,
                          const PreparedText& text) {
  TrainState state = order.state;
  state.step = optimizer.steps() + state.skipped_steps;
  state.lanes = resolved_lanes(config);
  state.mode = config.train.fast ? "fast" : "exact";
  state.run_config = config_to_json(config);
  state.tokens_digest = text.digest();
  return state;
}

std::map<std::string, std::string> versions() {
  return {{"lockstep", LOCKSTEP_VERSION},
          {"libtorch", TORCH_VERSION},
          {"hdf5", hdf5_version()},
          {"compiler", __VERSION__}};
}

// COLLECTIVE.
PreparedText text_for(World& world, const RunOrder& order, RunConfig& config,
                      RunObserver& observer) {
  observer.text_preparation_started();
  const TextOrigin origin =
      order.start == RunStart::resumed ? TextOrigin::resumed_run : TextOrigin::new_run;
  PreparedText text = prepare_text(world, config, origin, tokenizer_in(world, order),
                                   {order.state.tokens_digest, order.file});
  check_same_tokens(world, order, text);
  return text;
}

// COLLECTIVE.
void remove_old_run(World& world, const RunConfig& config) {
  all_or_none(world, [&] {
    if (world.rank() == 0) CheckpointDirectory(config.checkpoint.directory).remove_run();
  });
}

RunSummary summary_of(const World& world, const RunOrder& order, const RunConfig& config,
                      const PreparedText& text, const TrainState& state,
                      const Workplace& workplace) {
  const ModelConfig& model = config.model;
  const EpochPlan epochs = epoch_plan(config, text.split.train.count);
  const std::int64_t parameters = parameter_count(model);
  const std::int64_t positions = model.block_size * model.n_embd;  // they multiply nothing
  const std::int64_t tokens = config.train.batch_size * model.block_size;
  return {.model_name = model.name,
          .parameters = parameters,
          .workplace = workplace.text,
          .ranks = world.size(),
          .batch_size = config.train.batch_size,
          .lanes = resolved_lanes(config),
          .train_windows = text.split.train.count,
          .steps_per_epoch = epochs.steps_in_full_epoch(),
          .total_steps = epochs.total_steps_from(state.epoch, state.cursor, state.step),
          .warmup_steps = config.optim.warmup_steps,
          .start_file = order.file.string(),
          .epoch = state.epoch,
          .step = state.step,
          .parameter_flops = 6.0 * static_cast<double>(parameters - positions),
          .attention_flops = 12.0 * static_cast<double>(model.n_layer * positions),
          .tokens_of_gpu = static_cast<double>(tokens) / world.size(),
          .peak_tflops = workplace.peak_tflops};
}

void move_to(const Workplace& workplace, Gpt& model, AdamW& optimizer) {
  if (workplace.gpus.empty()) return;
  within_gpu_memory(
      [] { return sentence("moving the model and the optimizer's moments to the GPU"); },
      sentence("choose a smaller --model"),
      [&] {
        model.move_to_gpu(workplace.placement);
        optimizer.move_to_gpu(model.parameters().values(), model.parameters().compute_values());
      });
}

// Before the first product, where MKL chooses its kernels. On some of Intel's processors its sums
// follow the number of threads, unless its strict reproducibility (CNR mode) is asked for.
void use_threads(const World& world, int threads) {
  constexpr const char* kVariable = "MKL_CBWR";
  ::setenv(kVariable, "AUTO,STRICT", /*overwrite=*/0);
  const std::string mode = ::getenv(kVariable);
  const bool follows_threads =
      mode.find("STRICT") == std::string::npos && mode.find("COMPATIBLE") == std::string::npos;
  if (world.rank() == 0 && follows_threads)
    log_warning(
        sentence("the environment has MKL_CBWR={0}: the last bits of this run may follow the "
                 "number of threads; unset it, or append \",STRICT\"",
                 {mode}));
  use_threads_after_first_calls(threads);
}

// What a step frees the next one takes again. Given back to the system in between, its pages would
// come anew and be cleared, one by one: a tenth of the time of a step and more.
void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
}

// What this rank owns of the state.
ElementRange owned_range(const World& world, Gpt& model) {
  return shard_range(model.parameters().layout().elements(), world.rank(), world.size());
}

void warn_of_files_left_behind(const CheckpointConfig& config) {
  if (const auto warning = left_behind(CheckpointDirectory(config.directory), config.export_rule))
    log_warning(*warning);
}

RunOutcome prepare_and_train(World& world, Facts facts, const RunOrder& order, OldRun old_run,
                             RunObserver& observer) {
  RunConfig config = order.config;
  Workplace workplace = find_workplace(world, config);
  check_gpus(world, facts, workplace);
  const std::unique_ptr<Collectives> collectives =
      make_collectives(world.size() == 1 ? CollectivesKind::solo : CollectivesKind::mpi);
  const std::unique_ptr<StreamCollectives> between_gpus =
      connect_gpus(world, config.train.comm, workplace);
  use_threads(world, chosen_threads(facts, world.rank(), config.train.threads));
  warn_of_idle_ranks(world, config);
  const PreparedText text = text_for(world, order, config, observer);

  keep_freed_memory();
  Gpt model(config.model);
  AdamW optimizer(model.parameters().layout(), config.optim, owned_range(world, model),
                  model.parameters().values());
  restore(world, *collectives, order, model, optimizer);
  all_or_none(world, [&] { move_to(workplace, model, optimizer); });
  if (world.rank() == 0 && old_run == OldRun::keep)
    warn_of_taking_over(config.checkpoint.directory);
  Checkpointer checkpointer(world,
                            {.config = config,
                             .model = model,
                             .optimizer = optimizer,
                             .tokenizer = {text.tokenizer->kind(), text.tokenizer->serialized()},
                             .made_by = versions(),
                             .observer = observer,
                             .takes_over = old_run == OldRun::keep});
  const TrainState state = starting_state(order, optimizer, config, text);
  if (order.start == RunStart::resumed) {
    checkpointer.start_from(order.file.string(), state);
    if (world.rank() == 0) warn_of_files_left_behind(config.checkpoint);
  }
  checkpointer.check_space(epoch_plan(config, text.split.train.count).epochs_begun());
  TrainingStep step(
      {.world = world, .collectives = *collectives, .between_gpus = between_gpus.get()}, model,
      optimizer, lane_plan(config), config.optim.clip_norm, config.train.seed);
  if (old_run == OldRun::replace)
    remove_old_run(world, config);  // all that the new one needs is there

  observer.run_started(summary_of(world, order, config, text, state, workplace));
  Trainer trainer(world, config, text, model, step, checkpointer, observer, state);
  const RunEnd end = trainer.run();
  return {.end = end,
          .state = trainer.state(),
          .saved_step = checkpointer.saved_step(),
          .newest = checkpointer.newest()};
}

}  // namespace

RunOutcome carry_out(World& world, Facts facts, const RunOrder& order, OldRun old_run,
                     RunObserver& observer) {
  RunOutcome outcome;
  within_gpu_memory([] { return sentence("training"); },
                    sentence("give a smaller --batch-size, more --lanes, or a smaller --model"),
                    [&] { outcome = prepare_and_train(world, facts, order, old_run, observer); });
  return outcome;
}

}  // namespace lockstep
