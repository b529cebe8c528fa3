// SPDX-License-Identifier: Apache-2.0
#include "faults/pretend_run.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "checkpoint/hdf5_shard.h"
#include "checkpoint/names.h"

namespace lockstep::test {
namespace {

// Well mixed bits of a number.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15ULL;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
  return number ^ (number >> 31);
}

// Falls and rises, so that not every epoch is the best.
double validation_loss(std::int64_t epoch) {
  return 2.0 + 0.1 * static_cast<double>(epoch * 7 % 5) - 0.001 * static_cast<double>(epoch);
}

void add_epochs(TrainState& state, std::int64_t epochs) {
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    state.train_loss = 3.0 / static_cast<double>(epoch + 1);
    state.val_loss = validation_loss(epoch);
    state.history.train_loss.push_back(state.train_loss);
    state.history.val_loss.push_back(state.val_loss);
    state.history.epochs.push_back(epoch);
    if (state.val_loss >= state.best_loss) continue;
    state.best_loss = state.val_loss;
    state.best_epoch = epoch;
  }
  state.epoch = epochs;
}

TrainState state_at(const PretendRun& run, const Moment& moment) {
  TrainState state;
  add_epochs(state, moment.epoch);
  state.step = moment.step;
  state.cursor = moment.step - moment.epoch * run.steps_per_epoch;
  state.lanes = 4;
  state.tokens_digest = "00112233445566778899aabbccddeeff";
  return state;
}

bool ends_an_epoch(const PretendRun& run, const Moment& moment) {
  return moment.step == moment.epoch * run.steps_per_epoch;
}

double best_loss_before(std::int64_t epoch) {
  TrainState state;
  if (epoch > 1) add_epochs(state, epoch - 1);
  return state.best_loss;
}

std::vector<std::string> pt_names_of(const TrainState& state) {
  std::vector<std::string> pt_names = {names::epoch_file(state.epoch), names::kMain};
  if (state.best_epoch == state.epoch) pt_names.emplace_back(names::kBest);
  pt_names.emplace_back(names::kLatest);
  return pt_names;
}

ModelConfig model_of(const FlatLayout& layout) {
  ModelConfig model;
  model.name = "pretend";
  model.vocab_size = layout.tensors().front().spec.shape.front();
  model.n_layer = 1;
  model.n_head = 1;
  model.n_embd = 64;
  model.block_size = 8;
  return model;
}

}  // namespace

FlatLayout layout_of(const PretendRun& run) {
  constexpr std::int64_t kWidth = 64;
  const std::int64_t rows = std::max<std::int64_t>(1, run.elements * 5 / 8 / kWidth);
  const std::int64_t columns = std::max<std::int64_t>(1, run.elements / 4 / kWidth);
  const std::int64_t rest = run.elements - (rows + columns) * kWidth;
  return FlatLayout({{"transformer.wte.weight", {rows, kWidth}},
                     {"transformer.h.0.attn.c_attn.weight", {kWidth, columns}},
                     {"transformer.ln_f.bias", {rest}}});
}

std::vector<float> values_after(std::int64_t step, StateArray array, std::int64_t elements) {
  const auto seed = mixed(static_cast<std::uint64_t>(step * 4 + static_cast<std::int64_t>(array)));
  std::vector<float> values(static_cast<std::size_t>(elements));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(mixed(seed + i) >> 40) * 0x1p-24F;
  return values;
}

std::string set_at(const PretendRun& run, const Moment& moment) {
  return ends_an_epoch(run, moment) ? names::epoch_set(moment.epoch) : names::step_set(moment.step);
}

SaveOrder order_at(const PretendRun& run, const Moment& moment, const std::string& draft_id) {
  SaveOrder order;
  order.directory = run.directory;
  order.set = set_at(run, moment);
  order.draft_id = draft_id;
  order.shard_count = run.ranks;
  order.content.state = state_at(run, moment);
  order.content.layout = layout_of(run);
  order.content.model = model_of(order.content.layout);
  order.content.groups = {{.learning_rate = 1e-3, .weight_decay = 0.01, .tensors = {0, 1, 2}}};
  order.content.tokenizer = {.kind = "byte", .serialized = "no more than this"};
  order.learning_rate = 1e-3;
  order.old_best_loss = best_loss_before(moment.epoch);
  order.has_pt = run.has_pt && ends_an_epoch(run, moment);
  if (order.has_pt) order.publish.pt_names = pt_names_of(order.content.state);
  order.publish.keep_last_n = run.keep_last_n;
  order.made_by = {{"program", "store_faults"}, {"hdf5", hdf5_version()}};
  return order;
}

std::vector<Moment> moments_after(const PretendRun& run, std::int64_t step) {
  std::vector<Moment> moments;
  for (std::int64_t epoch = 0; epoch < run.epochs; ++epoch) {
    const std::int64_t begin = epoch * run.steps_per_epoch;
    if (run.saves_within) moments.push_back({epoch, begin + run.steps_per_epoch / 2});
    moments.push_back({epoch + 1, begin + run.steps_per_epoch});
  }
  std::erase_if(moments, [&](const Moment& moment) { return moment.step <= step; });
  return moments;
}

std::string read_all_of(const OpenCheckpoint& checkpoint) {
  const FlatLayout& layout = checkpoint.reader->layout();
  StateDigests digests;
  for (const StateArray array : kStateArrays) {
    std::vector<float> values(static_cast<std::size_t>(layout.elements()));
    checkpoint.reader->read(array, {0, layout.elements()}, values);
    if (values != values_after(checkpoint.state.step, array, layout.elements()))
      throw Error(ErrorKind::internal, "MIXED: " + std::string(name_of(array)) + " of " +
                                           checkpoint.path.string() + " is not that of its step");
    digests[array] = chunk_digests(values);
  }
  return state_root(layout, digests);
}

}  // namespace lockstep::test
