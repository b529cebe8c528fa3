// SPDX-License-Identifier: Apache-2.0
// A run whose whole state is written out here, for the tests of training files.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "checkpoint/state_digests.h"
#include "export/training_draft.h"

namespace lockstep::test {

struct SmallRun {
  TrainingContent content;
  PerArray<std::vector<float>> values;

  std::span<const float> elements(StateArray array, ElementRange range) const;
  StateDigests digests() const;
  // write_training_file() of all of it.
  void write(const std::filesystem::path& path) const;
};

// Two matrices and two vectors, 32 elements in all: parameters from 100 on, moments from 200 and
// from 300 on. Two groups, step 42, epoch 3.
SmallRun small_run();

// The same with larger matrices, 31,616 elements in two chunks: wte has the elements from 0 to
// 19,200, ln_1 those to 19,264, c_attn those to 31,552 and ln_f the rest.
SmallRun two_chunk_run();

}  // namespace lockstep::test
