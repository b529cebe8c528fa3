// SPDX-License-Identifier: Apache-2.0
// What a run is, as plain data with its defaults. Nothing here looks at the disk, the machine or
// the other ranks. The same names are the keys of the JSON files in configs/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

// How GELU weighs its input: by the normal distribution, or by the approximation of it with tanh
// that OpenAI's GPT-2 has (Hendrycks and Gimpel 2016).
enum class GeluKind { erf, tanh };

// A GPT-2 of any size. The defaults are GPT-2 small: 124,046,592 parameters.
struct ModelConfig {
  std::string name = "gpt2-small";
  std::int64_t vocab_size = 50257;  // 0: as many as the tokenizer has
  std::int64_t n_layer = 12;
  std::int64_t n_head = 12;
  std::int64_t n_embd = 768;
  std::int64_t block_size = 512;  // positions: tokens in one sequence
  double dropout = 0.1;
  bool bias = true;
  GeluKind gelu = GeluKind::erf;
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

enum class TokenizerKind { byte, sentencepiece };

struct DataConfig {
  std::vector<std::string> files = {"data/zh_sample.txt"};  // text files, folders or token files
  std::vector<std::string> validation_files;                // empty: the end of `files`
  double val_fraction = 0.2;  // of the tokens, from the end; unused with validation_files
  std::int64_t stride = 0;    // tokens between the starts of two windows; 0: the model's block_size
  TokenizerKind tokenizer = TokenizerKind::sentencepiece;
  std::int64_t tokenizer_vocab_size = 4096;  // at most; a small corpus yields fewer pieces
  // A folder of each host for copies of the token files; empty: they are read where they are.
  std::string local_dir;
  friend bool operator==(const DataConfig&, const DataConfig&) = default;
};

enum class DeviceKind { cpu, cuda };
// Of matrix products and activations; parameters, moments and sums of gradients are fp32.
// automatic: bf16 on a GPU that has it, else fp32.
enum class Precision { automatic, fp32, tf32, bf16 };
// What moves gradients; automatic: NCCL where each rank has a GPU of its own, else MPI.
enum class CommKind { automatic, nccl, mpi };

struct TrainConfig {
  std::int64_t batch_size = 4;  // sequences per optimizer step, over all ranks together
  // The other way to say it: batch_size = this x ranks; 0: unused. Until resolve_batch() knows the
  // ranks, batch_size may then be 0.
  std::int64_t batch_per_rank = 0;
  std::int64_t epochs = 3;
  std::int64_t max_steps = 0;  // optimizer steps after which the run ends; 0: no limit
  std::int64_t lanes = 0;  // forward-backward passes a batch is cut into; 0: chosen by batch size
  std::uint64_t seed = 1337;
  DeviceKind device = DeviceKind::cpu;
  Precision precision = Precision::automatic;
  CommKind comm = CommKind::automatic;
  bool fast = false;         // gives up equal bits from run to run where a GPU is faster without
  std::int64_t threads = 0;  // per rank; 0: the cores this rank may use, shared fairly
  // Steps between two comparisons of all ranks' parameters; 0: never.
  std::int64_t check_lockstep = 0;
  // Steps without a finite gradient are skipped; so many in a row end the run.
  std::int64_t max_skipped_steps = 10;
  friend bool operator==(const TrainConfig&, const TrainConfig&) = default;
};

enum class RateSchedule { constant, cosine };
enum class WeightDecayScope { all, matrices };

struct OptimConfig {
  double learning_rate = 1e-4;
  RateSchedule schedule = RateSchedule::constant;
  std::int64_t warmup_steps = 0;
  double min_learning_rate = 0.0;  // where the cosine ends
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
  WeightDecayScope weight_decay_scope = WeightDecayScope::all;
  double clip_norm = 1.0;  // global gradient norm; 0: no clipping
  friend bool operator==(const OptimConfig&, const OptimConfig&) = default;
};

enum class ExportRule { every, best, last, none };      // which epochs get a .pt file
enum class SaveErrorPolicy { warn, retry, abort_run };  // what a failed save means for the run

struct CheckpointConfig {
  std::string directory = "checkpoints";
  bool save_every_epoch = true;
  std::int64_t keep_last_n = 3;       // epoch files and sets that stay; 0: all
  std::int64_t save_every_steps = 0;  // optimizer steps between saves within an epoch; 0: none
  double save_every_minutes = 0.0;    // the same by the clock of rank 0; 0: none
  ExportRule export_rule = ExportRule::every;
  SaveErrorPolicy on_save_error = SaveErrorPolicy::warn;
  double save_deadline_seconds = 600.0;  // a save that takes longer is abandoned
  friend bool operator==(const CheckpointConfig&, const CheckpointConfig&) = default;
};

struct RunConfig {
  std::string preset = "standard";
  ModelConfig model;
  DataConfig data;
  TrainConfig train;
  OptimConfig optim;
  CheckpointConfig checkpoint;
  friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

// The tokens between the starts of two windows.
inline std::int64_t window_stride(const RunConfig& config) {
  return config.data.stride > 0 ? config.data.stride : config.model.block_size;
}

}  // namespace lockstep
