// SPDX-License-Identifier: Apache-2.0
#include "app/flag_hints.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <vector>

#include "app/trainer_flags.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

constexpr std::array kKnown = {
    KnownElsewhere{"--model", "model-name model-size model-type"},
    KnownElsewhere{"--config", "config-file cfg"},
    KnownElsewhere{"--data-file",
                   "data dataset data-path data-dir train-data train-data-path train-file input"},
    KnownElsewhere{"--val-file", "val-data valid-data-path validation-file eval-file"},
    KnownElsewhere{"--tokenizer", "tokenizer-type"},
    KnownElsewhere{"--tokenizer-vocab-size", "vocab-size"},
    KnownElsewhere{"--block-size",
                   "seq-len seq-length sequence-length max-length max-seq-length context-length"},
    KnownElsewhere{"--epochs", "max-epochs num-epochs num-train-epochs n-epochs"},
    KnownElsewhere{"--max-steps", "max-iters train-iters num-steps max-train-steps steps"},
    KnownElsewhere{"--batch-size", "bs global-batch-size train-batch-size"},
    KnownElsewhere{"--batch-per-rank",
                   "per-device-train-batch-size per-device-batch-size per-gpu-batch-size"},
    KnownElsewhere{"--seed", "random-seed"},
    KnownElsewhere{"--learning-rate", "lr max-lr peak-lr"},
    KnownElsewhere{"--schedule", "lr-scheduler lr-scheduler-type scheduler lr-decay-style"},
    KnownElsewhere{"--warmup-steps", "warmup warmup-iters lr-warmup-iters num-warmup-steps"},
    KnownElsewhere{"--min-learning-rate", "min-lr"},
    KnownElsewhere{"--beta1", "adam-beta1"},
    KnownElsewhere{"--beta2", "adam-beta2"},
    KnownElsewhere{"--eps", "epsilon adam-eps adam-epsilon"},
    KnownElsewhere{"--weight-decay", "wd"},
    KnownElsewhere{"--clip-norm",
                   "clip clip-grad grad-clip gradient-clip-val max-grad-norm max-norm"},
    KnownElsewhere{"--output-dir",
                   "output out out-dir save save-dir checkpoint-dir ckpt-dir default-root-dir"},
    KnownElsewhere{"--resume", "continue"},
    KnownElsewhere{"--overwrite", "force overwrite-output-dir"},
    KnownElsewhere{"--keep-last-n", "save-total-limit"},
    KnownElsewhere{"--save-every-steps", "save-steps save-interval checkpoint-interval"},
    KnownElsewhere{"--device cuda", "gpu cuda use-cuda"},
    KnownElsewhere{"--device cpu", "cpu no-cuda use-cpu"},
    KnownElsewhere{"--precision", "dtype torch-dtype mixed-precision"},
    KnownElsewhere{"--precision bf16", "bf16 amp"},
    KnownElsewhere{"--precision tf32", "tf32"},
    KnownElsewhere{"--comm", "backend dist-backend distributed-backend"},
    KnownElsewhere{"--threads", "num-threads nthreads"},
    KnownElsewhere{"--log-every", "log-interval logging-steps log-every-n-steps"},
    KnownElsewhere{"--lang", "language"},

    KnownElsewhere{kWaysToGoOn,
                   "resume-from resume-from-checkpoint load load-checkpoint load-from ckpt "
                   "ckpt-path checkpoint-path init-from restore restore-from pretrained"},
    KnownElsewhere{"ranks are started by mpirun: mpirun -np 8 trainer",
                   "n np nproc nprocs nproc-per-node num-processes world-size nnodes num-nodes"},
    KnownElsewhere{"each GPU is a rank: mpirun -np 8 trainer --device cuda",
                   "gpus ngpus n-gpus num-gpus devices"},
    KnownElsewhere{"mpirun or srun tells each rank of the others; leave it out",
                   "rank local-rank node-rank master-addr master-port rdzv-endpoint"},
    KnownElsewhere{"--batch-size is all of a step, over all ranks, and --lanes cuts it into passes",
                   "micro-batch-size gradient-accumulation-steps grad-accum-steps "
                   "gradient-accumulation accumulate-grad-batches"},
    KnownElsewhere{"there is no fp16; --precision bf16 needs no scaling of the loss", "fp16 half"},
    KnownElsewhere{"--model gives the shape of the model, or a --config file with "
                   "{\"model\": {\"n_layer\": 12, \"n_head\": 12, \"n_embd\": 768}}",
                   "n-layer n-layers num-layers n-head n-heads num-attention-heads n-embd "
                   "hidden-size"},
    KnownElsewhere{"the validation loss is computed at the end of every epoch",
                   "eval-interval eval-steps eval-iters eval-strategy val-check-interval"},
    KnownElsewhere{"--metrics-file FILE gets a line of JSON for every step",
                   "wandb wandb-project report-to tensorboard tensorboard-dir logging-dir"},
    KnownElsewhere{"the optimizer is always AdamW", "optim optimizer"},
};

// "Learning_Rate" of "--Learning_Rate": the tools differ in these.
std::string plain_name(std::string_view flag) {
  flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
  std::string name(flag);
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return name;
}

bool has_name(const KnownElsewhere& known, const std::string& name) {
  std::istringstream names{std::string(known.names)};
  for (std::string each; names >> each;)
    if (each == name) return true;
  return false;
}

std::vector<std::string_view> flag_names() {
  std::vector<std::string_view> names;
  for (const TrainerFlag& flag : trainer_flags()) names.push_back(flag.name);
  return names;
}

// "--device cuda", and no sentence that begins with a flag.
bool names_a_flag(std::string_view hint) {
  return hint.starts_with("--") && std::ranges::count(hint, ' ') <= 1;
}

}  // namespace

std::span<const KnownElsewhere> known_elsewhere() { return kKnown; }

std::string hint_for_flag(std::string_view unknown) {
  const std::string name = plain_name(unknown);
  const auto known = std::ranges::find_if(
      kKnown, [&](const KnownElsewhere& each) { return has_name(each, name); });
  if (known != kKnown.end() && names_a_flag(known->hint)) return did_you_mean(known->hint);
  if (known != kKnown.end()) return "; " + std::string(known->hint);
  const auto nearest = nearest_name(unknown, flag_names());
  return nearest ? did_you_mean(nearest) : "; see trainer --help";
}

}  // namespace lockstep
