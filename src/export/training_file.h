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

#include "checkpoint/state_digests.h"
#include "checkpoint/stored_tokenizer.h"
#include "checkpoint/train_state.h"
#include "config/run_config.h"
#include "export/pt_reader.h"
#include "export/training_draft.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// Writes the file in one process, from the whole state in memory; each span has the elements of
// the layout. It appears under `path` whole and durable. Throws Error(checkpoint).
void write_training_file(const std::filesystem::path& path, const TrainingContent& content,
                         const PerArray<std::span<const float>>& values);

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

// All but the tensors, which TrainingFileReader reads. Opening reads the small parts only. Every
// function throws Error(checkpoint) naming the file and what it lacks.
class TrainingFile {
 public:
  explicit TrainingFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const PtReader& archive() const { return reader_; }
  TrainingSummary summary() const;
  // The architecture the file was made with; `name` is empty for a file that Python wrote.
  ModelConfig model_config() const;
  // Whether Lockstep wrote the file, and not Python.
  bool is_ours() const;
  // Where the run stands. Of a file that Python wrote: as far as its entries say, with no
  // configuration and no digest of the tokens.
  TrainState state() const;
  // Why state() has no history although the file does: that of a Python file is no good. Else
  // empty.
  std::string history_problem() const;
  // Absent in a file that Python wrote.
  std::optional<StoredTokenizer> tokenizer() const;
  // The root of the state as it was committed; absent in a file that Python wrote.
  std::optional<std::string> root() const;
  // Of the optimizer's first group.
  std::optional<double> learning_rate() const;
  // Updates that the optimizer's moments have seen; 0 where there are none.
  std::int64_t optimizer_steps() const;

 private:
  friend class TrainingFileReader;

  const PtDict& entries() const;
  TrainState state_of_python() const;
  const PtValue& entry(const PtDict& dict, const std::string& key) const;
  // What the optimizer knows of its parameters, by their numbers; nullptr if nothing.
  GeluKind gelu_in(const PtDict& model_config) const;
  const PtDict* optimizer_states() const;
  double scalar_in(const PtTensor& tensor) const;
  [[noreturn]] void fail(const std::string& found) const;

  std::filesystem::path path_;
  PtReader reader_;
};

}  // namespace lockstep
