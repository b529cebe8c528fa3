// SPDX-License-Identifier: Apache-2.0
// The value tree of a training file and the storages it refers to, from names, shapes and the state
// of the run alone: no tensor's values are needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "export/pt_value.h"
#include "export/training_draft.h"

namespace lockstep {

// What a storage holds, as far as it is known before the values are.
struct TensorValues {
  StateArray array = StateArray::parameters;
  std::size_t place = 0;  // in the layout
};
struct CausalMask {
  std::int64_t positions = 0;
};
struct DigestTable {};
using StorageContent = std::variant<TensorValues, CausalMask, DigestTable, std::string>;

struct TrainingStorage {
  std::int64_t bytes = 0;
  StorageContent content;
};

// The storage that the tree calls "0" is the first, and so on.
struct TrainingTree {
  PtValue root;
  std::vector<TrainingStorage> storages;
};

inline constexpr std::size_t kRootDigits = 64;

// `root` is the digest of the state, of kRootDigits digits, or a placeholder of that length: the
// tree's pickle has the same size.
TrainingTree training_tree(const TrainingContent& content, const std::string& root);

// The rows of a table that has the digests of all chunks of the three arrays.
std::int64_t digest_rows(const FlatLayout& layout);

}  // namespace lockstep
