// SPDX-License-Identifier: Apache-2.0
// The tensors of a training file (.pt), ours or Python's, as one flat space. A file of ours has the
// digests of its chunks, so what is read is verified; of Python's, PtReader::check_all_bytes()
// verifies the whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/state_reader.h"
#include "export/training_file.h"

namespace lockstep {

class TrainingFileReader : public StateReader {
 public:
  // Reads the small parts and the digests, and checks that every parameter is there in a type that
  // can be read: float32, float16 or bfloat16. No tensor is read but a head that may be a copy of
  // the embedding. Throws Error(checkpoint) naming the file and the tensor.
  explicit TrainingFileReader(TrainingFile file);
  explicit TrainingFileReader(const std::filesystem::path& path)
      : TrainingFileReader(TrainingFile(path)) {}

  // Everything but the tensors.
  const TrainingFile& file() const { return file_; }

  // The entries of the file's `model` in their order, but for causal masks and a head that is the
  // embedding or a copy of it; without the "module." and "_orig_mod." of DistributedDataParallel
  // and torch.compile.
  const FlatLayout& layout() const override { return layout_; }
  bool has(StateArray array) const override { return !tensors_[array].empty(); }
  void read(StateArray array, ElementRange range, std::span<float> destination) const override;
  std::optional<StateDigests> digests() const override { return digests_; }
  void check_without_digests() const override;

  // Why the file counts as one without moments although it has an optimizer: another one than
  // AdamW, or not of all parameters, or not in float32. Else empty.
  const std::string& optimizer_problem() const { return optimizer_problem_; }
  // Updates that the moments have seen; 0 where there are none.
  std::int64_t optimizer_steps() const { return optimizer_steps_; }

 private:
  void find_parameters();
  bool is_tied(const PtValue& head, const PtValue* embedding) const;
  bool has_the_elements_of(const PtTensor& one, const PtTensor& other) const;
  void find_moments();
  void read_optimizer();
  const PtTensor* tensor_in(const std::string& name, const PtValue& value) const;
  const PtTensor* moment_in(const PtDict& state, const std::string& key,
                            const TensorSpec& spec) const;
  std::optional<StateDigests> read_digests() const;
  void read_unverified(StateArray array, ElementRange range, std::span<float> destination) const;
  void read_part(StateArray array, std::size_t place, std::int64_t first,
                 std::span<float> destination) const;
  void verify(StateArray array, ElementRange range, std::span<const float> elements) const;

  TrainingFile file_;
  FlatLayout layout_;
  // By places in the layout; they lie in the tree of file_.
  PerArray<std::vector<const PtTensor*>> tensors_;
  std::optional<StateDigests> digests_;
  std::string optimizer_problem_;
  std::int64_t optimizer_steps_ = 0;
};

}  // namespace lockstep
