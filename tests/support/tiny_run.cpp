// SPDX-License-Identifier: Apache-2.0
#include "support/tiny_run.h"

#include "base/file.h"
#include "comm/solo_world.h"
#include "config/config_json.h"
#include "config/presets.h"
#include "device/gpu.h"
#include "model/init.h"
#include "store/open_checkpoint.h"
#include "train/checkpointer.h"
#include "train/prepared_text.h"
#include "train/restore.h"

namespace lockstep::test {
namespace {

class Recorder : public RunObserver {
 public:
  Recorder(TinyResult& result, Gpt& model, const AfterStep& after_step)
      : result_(result), model_(model), after_step_(after_step) {}
  void step_done(const StepReport& report) override {
    result_.losses.push_back(report.loss);
    if (after_step_) after_step_(model_, report.step);
  }
  void published(const Published& published, const SaveReport& /*report*/) override {
    result_.published.push_back(published);
  }

 private:
  TinyResult& result_;
  Gpt& model_;
  const AfterStep& after_step_;
};

}  // namespace

RunConfig tiny_config(const std::filesystem::path& folder, std::size_t text_bytes) {
  const std::string sample = read_file(LOCKSTEP_SOURCE_DIR "/data/zh_sample.txt", ErrorKind::input);
  const std::filesystem::path text = folder / "text.txt";
  // Cut between two lines, which is between two characters.
  write_durably(text, sample.substr(0, sample.rfind('\n', text_bytes) + 1), ErrorKind::input);
  RunConfig config;
  config.model = find_model("tiny")->config;
  config.data.files = {text.string()};
  config.data.tokenizer = TokenizerKind::byte;
  config.optim.learning_rate = 1e-3;
  config.checkpoint.directory = (folder / "checkpoints").string();
  return config;
}

TinyResult run_tiny(World& world, Collectives& collectives, RunConfig config,
                    const std::optional<std::filesystem::path>& checkpoint,
                    const AfterStep& after_step) {
  TinyResult result;
  const PreparedText text = prepare_text(world, config, TextOrigin::new_run, std::nullopt);
  Gpt model(config.model);
  const FlatLayout& layout = model.parameters().layout();
  AdamW optimizer(layout, config.optim, shard_range(layout.elements(), world.rank(), world.size()),
                  model.parameters().values());
  TrainState state;
  if (checkpoint) {
    const OpenCheckpoint open = open_checkpoint(*checkpoint);
    state = open.state;
    restore_run(world, collectives, *checkpoint, open.optimizer_steps, model, optimizer);
  } else {
    initialize(model.parameters(), config.model, config.train.seed);
  }
  state.run_config = config_to_json(config);
  if (config.train.device == DeviceKind::cuda) {
    model.move_to_gpu({.device = open_gpu(world.local_rank(), {}).device});
    optimizer.move_to_gpu(model.parameters().values(), model.parameters().compute_values());
  }
  TrainingStep step({.world = world, .collectives = collectives}, model, optimizer,
                    lane_plan(config), config.optim.clip_norm, config.train.seed);
  Recorder recorder(result, model, after_step);
  Checkpointer checkpointer(world, {.config = config,
                                    .model = model,
                                    .optimizer = optimizer,
                                    .tokenizer = {"byte", ""},
                                    .made_by = {},
                                    .observer = recorder});
  if (checkpoint) checkpointer.start_from(checkpoint->string(), state);
  Trainer trainer(world, config, text, model, step, checkpointer, recorder, state);
  result.end = trainer.run();
  result.state = trainer.state();
  return result;
}

TinyResult run_tiny(const RunConfig& config, const std::optional<std::filesystem::path>& checkpoint,
                    const AfterStep& after_step) {
  SoloWorld world;
  const std::unique_ptr<Collectives> collectives = make_collectives(CollectivesKind::solo);
  return run_tiny(world, *collectives, config, checkpoint, after_step);
}

}  // namespace lockstep::test
