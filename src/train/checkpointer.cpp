// SPDX-License-Identifier: Apache-2.0
#include "train/checkpointer.h"

#include <ATen/ATen.h>

#include <utility>

#include "checkpoint/names.h"
#include "comm/all_or_none.h"

namespace lockstep {
namespace {

std::span<float> elements_of(at::Tensor& flat) {
  return {flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel())};
}

std::vector<AdamWGroup> adamw_groups(const FlatLayout& layout, const OptimConfig& config,
                                     double learning_rate) {
  std::vector<AdamWGroup> groups;
  for (const DecayGroup& group : decay_groups(layout, config)) {
    groups.push_back({.learning_rate = learning_rate,
                      .beta1 = config.beta1,
                      .beta2 = config.beta2,
                      .eps = config.eps,
                      .weight_decay = group.weight_decay,
                      .tensors = group.tensors});
  }
  return groups;
}

}  // namespace

Checkpointer::Checkpointer(World& world, const RunConfig& config, Gpt& model, AdamW& optimizer,
                           StoredTokenizer tokenizer)
    : world_(world),
      config_(config),
      model_(model),
      optimizer_(optimizer),
      tokenizer_(std::move(tokenizer)),
      directory_(config.checkpoint.directory) {}

Published Checkpointer::save(const TrainState& state, double old_best_loss, double learning_rate) {
  Published published;
  all_or_none(world_, [&] {
    if (world_.rank() != 0) return;
    const PublishPlan plan =
        plan_publish(state, directory_.epochs(), config_.checkpoint.save_every_epoch,
                     config_.checkpoint.keep_last_n);
    published = directory_.publish(
        plan, state, old_best_loss,
        [&](const std::filesystem::path& file) { write(file, state, learning_rate); });
  });
  return published;
}

void Checkpointer::write(const std::filesystem::path& file, const TrainState& state,
                         double learning_rate) const {
  const FlatLayout& layout = model_.parameters().layout();
  write_training_file(file, {.state = state,
                             .model = model_.config(),
                             .layout = layout,
                             .parameters = elements_of(model_.parameters().values()),
                             .exp_avg = elements_of(optimizer_.exp_avg()),
                             .exp_avg_sq = elements_of(optimizer_.exp_avg_sq()),
                             .groups = adamw_groups(layout, config_.optim, learning_rate),
                             .tokenizer = tokenizer_});
}

std::filesystem::path Checkpointer::latest_file() const { return directory_.file(names::kLatest); }

void restore_parameters(World& world, Collectives& collectives, const std::filesystem::path& file,
                        Gpt& model) {
  at::Tensor& values = model.parameters().values();
  all_or_none(world, [&] {
    if (world.rank() == 0)
      TrainingFile(file).read_parameters(model.parameters().layout(), elements_of(values));
  });
  collectives.broadcast(values, /*root=*/0);
}

void restore_optimizer(World& world, Collectives& collectives, const std::filesystem::path& file,
                       const FlatLayout& layout, AdamW& optimizer) {
  const std::string steps = ask_rank_zero(world, [&] {
    return std::to_string(TrainingFile(file).read_moments(layout, elements_of(optimizer.exp_avg()),
                                                          elements_of(optimizer.exp_avg_sq())));
  });
  collectives.broadcast(optimizer.exp_avg(), /*root=*/0);
  collectives.broadcast(optimizer.exp_avg_sq(), /*root=*/0);
  optimizer.set_steps(std::stoll(steps));
}

}  // namespace lockstep
