// SPDX-License-Identifier: Apache-2.0
// A training checkpoint as one .pt file (FORMAT.md): the dictionary that the Python program's
// torch.save would write (model, model_config, optimizer, epoch, losses, history), with one entry
// of ours beside it, `lockstep`, that holds the exact state of the run and its tokenizer. Reads
// such files back, ours or Python's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/train_state.h"
#include "config/run_config.h"
#include "export/pt_reader.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// One group of torch.optim.AdamW.
struct AdamWGroup {
  double learning_rate = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  std::vector<std::size_t> tensors;  // places in the layout
};

struct StoredTokenizer {
  std::string kind;
  std::string serialized;
};

// Everything that goes into a file. The spans are flat float32 in layout order.
struct TrainingContent {
  TrainState state;
  ModelConfig model;
  FlatLayout layout;
  std::span<const float> parameters;
  std::span<const float> exp_avg;
  std::span<const float> exp_avg_sq;
  std::vector<AdamWGroup> groups;
  StoredTokenizer tokenizer;
};

// Writes the file durably; it appears under `path` only whole. Throws Error(checkpoint).
void write_training_file(const std::filesystem::path& path, const TrainingContent& content);

// The bytes that write_training_file needs for a model of this layout, rounded up by at most 1 KiB
// per tensor; the tokenizer and the history come on top.
std::int64_t training_file_bytes(const ModelConfig& model, const FlatLayout& layout);

// The scalars that lists and tables show. Absent where the file does not say.
struct TrainingSummary {
  std::optional<std::int64_t> epoch;
  std::optional<double> train_loss;
  std::optional<double> val_loss;
  std::optional<double> best_loss;
};

// Opening reads the small parts only. Every function throws Error(checkpoint) naming the file and
// what it lacks.
class TrainingFile {
 public:
  explicit TrainingFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  TrainingSummary summary() const;
  // The architecture the file was made with; `name` is empty for a file that Python wrote.
  ModelConfig model_config() const;
  // Whether Lockstep wrote the file, and not Python.
  bool is_ours() const;
  // Where the run stands. Of a file that Python wrote: as far as its entries say, with no
  // configuration and no digest of the tokens.
  TrainState state() const;
  // Absent in a file that Python wrote.
  std::optional<StoredTokenizer> tokenizer() const;

  // Reads every tensor of `layout` into `destination` (flat float32). Tensors of the file that are
  // not in the layout (the tied head, causal masks) are left alone.
  void read_parameters(const FlatLayout& layout, std::span<float> destination) const;
  // Reads the moments and returns the optimizer's step count; nothing is read and 0 returned when
  // the file's optimizer has not made a step.
  std::int64_t read_moments(const FlatLayout& layout, std::span<float> exp_avg,
                            std::span<float> exp_avg_sq) const;

 private:
  const PtDict& root() const;
  TrainState state_of_python() const;
  const PtValue& entry(const PtDict& dict, const std::string& key) const;
  void read_into(const std::string& name, const PtValue& value, const Shape& shape,
                 std::span<float> destination) const;
  [[noreturn]] void fail(const std::string& found) const;

  std::filesystem::path path_;
  PtReader reader_;
};

}  // namespace lockstep
