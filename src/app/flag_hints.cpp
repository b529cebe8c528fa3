// SPDX-License-Identifier: Apache-2.0
#include "app/flag_hints.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <sstream>
#include <vector>

#include "app/trainer_flags.h"
#include "base/sentence.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

// Our flag, with its value where that is part of it.
struct FlagElsewhere {
  std::string_view flag, names;
};

constexpr std::array kFlagsElsewhere = {
    FlagElsewhere{"--model", "model-name model-size model-type"},
    FlagElsewhere{"--config", "config-file cfg"},
    FlagElsewhere{"--data-file",
                  "data dataset data-path data-dir train-data train-data-path train-file input"},
    FlagElsewhere{"--val-file", "val-data valid-data-path validation-file eval-file"},
    FlagElsewhere{"--tokenizer", "tokenizer-type"},
    FlagElsewhere{"--tokenizer-vocab-size", "vocab-size"},
    FlagElsewhere{"--block-size",
                  "seq-len seq-length sequence-length max-length max-seq-length context-length"},
    FlagElsewhere{"--epochs", "max-epochs num-epochs num-train-epochs n-epochs"},
    FlagElsewhere{"--max-steps", "max-iters train-iters num-steps max-train-steps steps"},
    FlagElsewhere{"--batch-size", "bs global-batch-size train-batch-size"},
    FlagElsewhere{"--batch-per-rank",
                  "per-device-train-batch-size per-device-batch-size per-gpu-batch-size"},
    FlagElsewhere{"--seed", "random-seed"},
    FlagElsewhere{"--learning-rate", "lr max-lr peak-lr"},
    FlagElsewhere{"--schedule", "lr-scheduler lr-scheduler-type scheduler lr-decay-style"},
    FlagElsewhere{"--warmup-steps", "warmup warmup-iters lr-warmup-iters num-warmup-steps"},
    FlagElsewhere{"--min-learning-rate", "min-lr"},
    FlagElsewhere{"--beta1", "adam-beta1"},
    FlagElsewhere{"--beta2", "adam-beta2"},
    FlagElsewhere{"--eps", "epsilon adam-eps adam-epsilon"},
    FlagElsewhere{"--weight-decay", "wd"},
    FlagElsewhere{"--clip-norm",
                  "clip clip-grad grad-clip gradient-clip-val max-grad-norm max-norm"},
    FlagElsewhere{"--output-dir",
                  "output out out-dir save save-dir checkpoint-dir ckpt-dir default-root-dir"},
    FlagElsewhere{"--resume", "continue"},
    FlagElsewhere{"--overwrite", "force overwrite-output-dir"},
    FlagElsewhere{"--keep-last-n", "save-total-limit"},
    FlagElsewhere{"--save-every-steps", "save-steps save-interval checkpoint-interval"},
    FlagElsewhere{"--device cuda", "gpu cuda use-cuda"},
    FlagElsewhere{"--device cpu", "cpu no-cuda use-cpu"},
    FlagElsewhere{"--precision", "dtype torch-dtype mixed-precision"},
    FlagElsewhere{"--precision bf16", "bf16 amp"},
    FlagElsewhere{"--precision tf32", "tf32"},
    FlagElsewhere{"--comm", "backend dist-backend distributed-backend"},
    FlagElsewhere{"--threads", "num-threads nthreads"},
    FlagElsewhere{"--log-every", "log-interval logging-steps log-every-n-steps"},
    FlagElsewhere{"--lang", "language"},
};

std::vector<KnownElsewhere> sentences_elsewhere() {
  return {
      {ways_to_go_on(),
       "resume-from resume-from-checkpoint load load-checkpoint load-from ckpt ckpt-path "
       "checkpoint-path init-from restore restore-from pretrained"},
      {sentence("ranks are started by mpirun: mpirun -np 8 trainer"),
       "n np nproc nprocs nproc-per-node num-processes world-size nnodes num-nodes"},
      {sentence("each GPU is a rank: mpirun -np 8 trainer --device cuda"),
       "gpus ngpus n-gpus num-gpus devices"},
      {sentence("mpirun or srun tells each rank of the others; leave it out"),
       "rank local-rank node-rank master-addr master-port rdzv-endpoint"},
      {sentence("--batch-size is all of a step, over all ranks, and --lanes cuts it into passes"),
       "micro-batch-size gradient-accumulation-steps grad-accum-steps gradient-accumulation "
       "accumulate-grad-batches"},
      {sentence("there is no fp16; --precision bf16 needs no scaling of the loss"), "fp16 half"},
      {sentence("--model gives the shape of the model, or a --config file with "
                "{\"model\": {\"n_layer\": 12, \"n_head\": 12, \"n_embd\": 768}}"),
       "n-layer n-layers num-layers n-head n-heads num-attention-heads n-embd hidden-size"},
      {sentence("the validation loss is computed at the end of every epoch"),
       "eval-interval eval-steps eval-iters eval-strategy val-check-interval"},
      {sentence("--metrics-file FILE gets a line of JSON for every step"),
       "wandb wandb-project report-to tensorboard tensorboard-dir logging-dir"},
      {sentence("the optimizer is always AdamW"), "optim optimizer"},
  };
}

// "Learning_Rate" of "--Learning_Rate": the tools differ in these.
std::string plain_name(std::string_view flag) {
  flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
  std::string name(flag);
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return name;
}

bool has_name(std::string_view names, const std::string& name) {
  std::istringstream each_name{std::string(names)};
  for (std::string each; each_name >> each;)
    if (each == name) return true;
  return false;
}

// Where one of two names says no, the other is its opposite, however near.
std::vector<std::string_view> flag_names_like(std::string_view unknown) {
  constexpr std::string_view kNo = "--no";
  std::vector<std::string_view> names;
  for (const TrainerFlag& flag : trainer_flags())
    if (flag.name.starts_with(kNo) == unknown.starts_with(kNo)) names.push_back(flag.name);
  return names;
}

// "--fast=false" for "no-fast".
std::optional<std::string> switched_off(const std::string& name) {
  for (const TrainerFlag& flag : trainer_flags()) {
    const std::string ours = plain_name(flag.name);
    const bool is_opposite = name == "no-" + ours || ours == "no-" + name;
    if (is_opposite && is_setting_switch(flag)) return std::string(flag.name) + "=false";
  }
  return std::nullopt;
}

}  // namespace

std::string ways_to_go_on() {
  return sentence(
      "--output-dir DIR --resume goes on with the run in DIR, --checkpoint FILE begins a new run "
      "from the weights in FILE");
}

std::vector<KnownElsewhere> known_elsewhere() {
  std::vector<KnownElsewhere> known = sentences_elsewhere();
  for (const auto& [flag, names] : kFlagsElsewhere) known.push_back({std::string(flag), names});
  return known;
}

std::string hint_for_flag(std::string_view unknown) {
  const std::string name = plain_name(unknown);
  for (const auto& [flag, names] : kFlagsElsewhere)
    if (has_name(names, name)) return did_you_mean(flag);
  for (const auto& [said, names] : sentences_elsewhere())
    if (has_name(names, name)) return "; " + said;
  if (const auto opposite = switched_off(name)) return did_you_mean(*opposite);
  const auto nearest = nearest_name(unknown, flag_names_like(unknown));
  return nearest ? did_you_mean(nearest) : "; " + sentence("see {0}", {"trainer --help"});
}

}  // namespace lockstep
