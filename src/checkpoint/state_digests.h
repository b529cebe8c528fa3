// SPDX-License-Identifier: Apache-2.0
// The arrays that make up the state of a run, the digests of their chunks, and the root over all of
// them: one text that is equal exactly where the state is, whatever the number of shards and the
// form it is stored in. FORMAT.md has the definition.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "tensors/chunks.h"
#include "tensors/flat_layout.h"

namespace lockstep {

// Each is float32, flat, with the elements of the layout.
enum class StateArray { parameters, exp_avg, exp_avg_sq };
inline constexpr std::array kStateArrays = {StateArray::parameters, StateArray::exp_avg,
                                            StateArray::exp_avg_sq};

// "parameters", "exp_avg", "exp_avg_sq"
std::string_view name_of(StateArray array);

// One value for each array.
template <class Value>
struct PerArray {
  std::array<Value, kStateArrays.size()> values{};
  Value& operator[](StateArray array) { return values[static_cast<std::size_t>(array)]; }
  const Value& operator[](StateArray array) const {
    return values[static_cast<std::size_t>(array)];
  }
  friend bool operator==(const PerArray&, const PerArray&) = default;
};

using ChunkDigests = std::vector<Digest128>;
// Of all chunks of each array, in order.
using StateDigests = PerArray<ChunkDigests>;

// The digests of the chunks of a run of elements that begins at a chunk edge.
ChunkDigests chunk_digests(std::span<const float> elements);

// The digest of digests, which stands for them in a manifest: 32 hexadecimal digits.
std::string digest_of_digests(const StateDigests& digests);

// Of the text that describes the layout (arrays, dtypes, names, shapes): equal where shards may be
// of one state.
std::string layout_digest(const FlatLayout& layout);

// SHA-256 over the text of the layout and all chunk digests in order, as 64
// hexadecimal digits. REQUIRES: chunk_count(layout.elements()) digests of each array.
std::string state_root(const FlatLayout& layout, const StateDigests& digests);

// The first chunk, array by array, in which two states of one layout differ, and the first tensor
// in it.
struct StateDifference {
  StateArray array = StateArray::parameters;
  std::int64_t chunk = 0;
  std::string tensor;
  friend bool operator==(const StateDifference&, const StateDifference&) = default;
};
std::optional<StateDifference> first_difference(const FlatLayout& layout, const StateDigests& one,
                                                const StateDigests& other);

// "transformer.wte.weight", or "transformer.h.0.ln_1.bias and 3 more": the tensors that have
// elements in the chunk, for messages.
std::string tensors_in_chunk(const FlatLayout& layout, std::int64_t chunk);

}  // namespace lockstep
