// SPDX-License-Identifier: Apache-2.0
// A training file (.pt) that many processes write at the same time. Its layout is known before the
// first byte is written, from names, shapes and the state of the run alone; every rank writes the
// elements it holds at their places and reports the CRC-32 of its pieces; one then adds what is
// between them, and the few pages that several have bytes of (shared_pages.h), and the file is
// whole. Nothing is gathered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "checkpoint/state_digests.h"
#include "checkpoint/state_reader.h"
#include "checkpoint/stored_tokenizer.h"
#include "checkpoint/train_state.h"
#include "config/run_config.h"
#include "export/shared_pages.h"
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

// Everything in a file but the tensors' values.
struct TrainingContent {
  TrainState state;
  ModelConfig model;
  FlatLayout layout;
  std::vector<AdamWGroup> groups;
  StoredTokenizer tokenizer;
};

// A run of one storage's bytes that one rank wrote.
struct PtPiece {
  std::int64_t storage = 0;  // its number in the file
  std::int64_t first = 0;    // byte in the storage
  std::int64_t bytes = 0;
  std::uint32_t crc32 = 0;
  friend bool operator==(const PtPiece&, const PtPiece&) = default;
};

// Equal on every rank that was given the same content.
class TrainingFilePlan {
 public:
  explicit TrainingFilePlan(TrainingContent content);
  ~TrainingFilePlan();
  TrainingFilePlan(TrainingFilePlan&&) noexcept;

  std::int64_t file_bytes() const;
  // The pages that more than one of the ranges of the flat space has bytes of.
  SharedPages shared_pages(const std::vector<ElementRange>& parts) const;

 private:
  friend class TrainingFilePart;
  friend void write_shared_pages(const TrainingFilePlan&, SharedFile&, const SharedPages&,
                                 const StateReader&);
  friend void finish_training_file(const TrainingFilePlan&, SharedFile&, std::vector<PtPiece>,
                                   const StateDigests&, const std::string&);
  struct Places;
  std::unique_ptr<Places> places_;
};

// One rank's share of the writing. Before the first optimizer step the file has no moments: they
// are left out here.
class TrainingFilePart {
 public:
  // What lies in the pages `left_out` is part of the pieces, but not written. Plan and file must
  // outlive the part.
  TrainingFilePart(const TrainingFilePlan& plan, SharedFile& file, SharedPages left_out = {});

  // Writes a run of elements of the flat space to the tensors they belong to. Runs that follow each
  // other become one piece of each tensor. REQUIRES: values.size() == range.count().
  void write(StateArray array, ElementRange range, std::span<const float> values);

  const std::vector<PtPiece>& pieces() const { return pieces_; }

 private:
  // Bytes of one tensor, from its byte `first` on.
  void write_bytes(StateArray array, std::int64_t storage, std::int64_t first,
                   std::span<const std::byte> bytes);

  const TrainingFilePlan& plan_;
  SharedFile& file_;
  const SharedPages left_out_;
  std::vector<PtPiece> pieces_;
  // The piece of each array that a following run would extend: its place in pieces_.
  PerArray<std::optional<std::size_t>> open_pieces_;
};

// Writes the elements that the parts have left out. REQUIRES: the parts are written and closed.
void write_shared_pages(const TrainingFilePlan& plan, SharedFile& file, const SharedPages& pages,
                        const StateReader& state);

// Writes all that no rank has written: headers, the pickle with the root in it, masks, step counts,
// tokenizer, digests, directory. `pieces` are those of all ranks, in any order. The caller finishes
// the file. Throws Error(checkpoint) if the pieces do not cover every tensor exactly, or digests
// and root are not those of such a state.
void finish_training_file(const TrainingFilePlan& plan, SharedFile& file,
                          std::vector<PtPiece> pieces, const StateDigests& digests,
                          const std::string& root);

}  // namespace lockstep
