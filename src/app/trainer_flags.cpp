// SPDX-License-Identifier: Apache-2.0
#include "app/trainer_flags.h"

#include <algorithm>
#include <array>

#include "config/fields.h"

namespace lockstep {
namespace {

constexpr std::size_t kHelpColumn = 29;

constexpr std::array kFlags = {
    TrainerFlag{"--preset", "NAME", "quick, standard, extended or precision", "What to train"},
    TrainerFlag{"--model", "NAME", "tiny, gpt2-small, gpt2-medium, gpt2-large or gpt2-xl"},
    TrainerFlag{"--config", "FILE", "JSON with any of the settings, over the preset"},
    TrainerFlag{"--save-config", "FILE", "write the resolved run; --config with it runs the same"},
    TrainerFlag{"--list-presets", "", "print the presets and the model sizes"},
    TrainerFlag{"--dry-run", "", "print the resolved run and what it needs; write nothing"},
    TrainerFlag{"--doctor", "", "try hosts, disk and network; say whether training would be fine"},

    TrainerFlag{"--data-file", "FILE", "text file, folder or token file; repeatable", "Data"},
    TrainerFlag{"--val-file", "FILE", "validation data of its own; repeatable"},
    TrainerFlag{"--val-fraction", "X", "part of the tokens kept for validation"},
    TrainerFlag{"--stride", "N", "tokens from window to window; 0: the context"},
    TrainerFlag{"--tokenizer", "KIND", "byte or sentencepiece"},
    TrainerFlag{"--tokenizer-vocab-size", "N", "most pieces sentencepiece may learn"},
    TrainerFlag{"--local-dir", "DIR", "on each host: read the tokens from a copy in this folder"},
    TrainerFlag{"--block-size", "N", "context: tokens in one sequence"},

    TrainerFlag{"--epochs", "N", "passes over the data, in all", "Training"},
    TrainerFlag{"--more-epochs", "N", "with --resume: N more than the run was to have"},
    TrainerFlag{"--max-steps", "N", "end after N optimizer steps; 0: no limit"},
    TrainerFlag{"--batch-size", "N", "sequences per optimizer step, over all ranks"},
    TrainerFlag{"--batch-per-rank", "N", "the same as --batch-size N x ranks; 0: unused"},
    TrainerFlag{"--lanes", "N", "passes a batch is cut into; 0: chosen by the batch"},
    TrainerFlag{"--dropout", "X", "part of the activations dropped while training"},
    TrainerFlag{"--seed", "N", "of weights, order and dropout"},

    TrainerFlag{"--learning-rate", "X", "peak learning rate", "Optimizer"},
    TrainerFlag{"--schedule", "KIND", "constant or cosine"},
    TrainerFlag{"--warmup-steps", "N", "steps in which the rate grows to its peak"},
    TrainerFlag{"--min-learning-rate", "X", "where the cosine ends"},
    TrainerFlag{"--beta1", "X", "decay of AdamW's first moment"},
    TrainerFlag{"--beta2", "X", "decay of AdamW's second moment"},
    TrainerFlag{"--eps", "X", "AdamW's guard against division by zero"},
    TrainerFlag{"--weight-decay", "X", "AdamW's weight decay"},
    TrainerFlag{"--weight-decay-scope", "KIND", "all or matrices: what decays"},
    TrainerFlag{"--clip-norm", "X", "largest global gradient norm; 0: no clipping"},

    TrainerFlag{"--output-dir", "DIR", "where the checkpoints of the run are", "Checkpoints"},
    TrainerFlag{"--resume", "", "continue the run in the output folder, or fail"},
    TrainerFlag{"--auto-resume", "", "continue it, or start it if there is none"},
    TrainerFlag{"--overwrite", "", "start anew in a folder that holds a run"},
    TrainerFlag{"--checkpoint", "SET",
                "start a new run from these weights: a .pt, a set, best or latest"},
    TrainerFlag{"--keep-last-n", "N", "epoch files that stay; 0: all"},
    TrainerFlag{"--no-save-every-epoch", "", "keep only best and latest"},
    TrainerFlag{"--save-every-steps", "N", "save within an epoch too; 0: not"},
    TrainerFlag{"--save-every-minutes", "X", "the same by the clock; 0: not"},
    TrainerFlag{"--export", "RULE", "epochs that get a .pt: every, best, last or none"},
    TrainerFlag{"--on-save-error", "WHAT", "warn, retry or abort"},

    TrainerFlag{"--device", "KIND", "cpu or cuda", "Machine and report"},
    TrainerFlag{"--precision", "KIND", "auto, fp32, tf32 or bf16; auto: bf16 on a GPU"},
    TrainerFlag{"--fast", "", "on a GPU: faster, but not the same bits from run to run"},
    TrainerFlag{"--comm", "KIND", "auto, nccl or mpi: what moves gradients"},
    TrainerFlag{"--threads", "N", "per rank; 0: a fair share of the cores"},
    TrainerFlag{"--time-limit", "TIME",
                "save and stop within minutes, H:MM:SS or D-HH:MM:SS of the start"},
    TrainerFlag{"--peer-timeout", "SECONDS", "a rank this long silent ends the job [60]"},
    TrainerFlag{"--check-lockstep", "N", "compare all ranks' parameters every N steps; 0: never"},
    TrainerFlag{"--max-skipped-steps", "N",
                "so many in a row without a finite gradient end the run"},
    TrainerFlag{"--metrics-file", "FILE", "write a line of JSON for every step"},
    TrainerFlag{"--profile", "", "on a GPU: print where the time of a step goes"},
    TrainerFlag{"--peak-tflops", "X", "of the GPU, for --profile; 0: as it is known"},
    TrainerFlag{"--log-every", "N", "steps between two lines in a log file"},
    TrainerFlag{"--log-all-ranks", "", "every rank reports, its lines marked with rank and host"},
    TrainerFlag{"--lang", "LANG", "zh or en; else by locale"},
    TrainerFlag{"--quiet", "", "only warnings and errors"},
    TrainerFlag{"--version", "", "print the version"},
    TrainerFlag{"--help", "", "print this; also -h"},
};

// "[0.0001]": the value without this flag, of the flags that take one.
std::string default_text(const TrainerFlag& flag) {
  RunConfig defaults;
  for (const Field& field : fields_of(defaults))
    if (field.flag == flag.name && !flag.value.empty() && shown_value(field) != "empty")
      return " [" + shown_value(field) + "]";
  return "";
}

std::string help_line(const TrainerFlag& flag) {
  std::string line = "  " + std::string(flag.name);
  if (!flag.value.empty()) line += " " + std::string(flag.value);
  line.resize(std::max(kHelpColumn, line.size() + 2), ' ');
  return line + std::string(flag.help) + default_text(flag) + "\n";
}

}  // namespace

std::span<const TrainerFlag> trainer_flags() { return kFlags; }

const TrainerFlag* find_trainer_flag(std::string_view name) {
  const auto found = std::ranges::find(kFlags, name, &TrainerFlag::name);
  return found != kFlags.end() ? &*found : nullptr;
}

std::string trainer_help() {
  std::string text =
      "trainer: trains a GPT-2 on text, on every rank of the MPI world it is started in\n\n"
      "  mpirun -np 8 trainer --preset extended --data-file corpus.txt\n"
      "  trainer --resume --more-epochs 2\n"
      "  trainer --checkpoint checkpoints/best_model.pt --learning-rate 5e-5 --output-dir tuned\n\n"
      "A flag wins over the --config file, the file over the preset, the preset over the default\n"
      "(in brackets: of the preset standard).\n";
  for (const TrainerFlag& flag : kFlags) {
    if (!flag.group.empty()) text += "\n" + std::string(flag.group) + ":\n";
    text += help_line(flag);
  }
  return text;
}

}  // namespace lockstep
