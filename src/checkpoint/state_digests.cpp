// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/state_digests.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "base/sentence.h"

namespace lockstep {
namespace {

// The digests are of little-endian bytes, and float32 is hashed as it lies in memory.
static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(float) == 4);

// The lengths of names and the number of tensors make it say one thing only, whatever is in a name.
std::string layout_text(const FlatLayout& layout) {
  std::string text = "lockstep state 1\nchunk " + std::to_string(kChunkElements) + "\n";
  for (const StateArray array : kStateArrays)
    text += "array " + std::string(name_of(array)) + " float32\n";
  text += "tensors " + std::to_string(layout.tensors().size()) + "\n";
  for (const auto& [spec, offset, elements] : layout.tensors())
    text +=
        std::to_string(spec.name.size()) + " " + spec.name + " " + shape_text(spec.shape) + "\n";
  return text;
}

std::span<const std::byte> bytes_of(const ChunkDigests& digests) {
  return std::as_bytes(std::span(digests));
}

ElementRange elements_of_chunk(std::int64_t chunk) {
  return {chunk * kChunkElements, (chunk + 1) * kChunkElements};
}

bool has_elements_in(const FlatTensor& tensor, ElementRange range) {
  return tensor.elements > 0 && tensor.offset < range.last &&
         range.first < tensor.offset + tensor.elements;
}

// The names of the tensors that have elements in the chunk, in order.
std::vector<std::string> names_in_chunk(const FlatLayout& layout, std::int64_t chunk) {
  std::vector<std::string> names;
  for (const FlatTensor& tensor : layout.tensors())
    if (has_elements_in(tensor, elements_of_chunk(chunk))) names.push_back(tensor.spec.name);
  return names;
}

}  // namespace

std::string_view name_of(StateArray array) {
  switch (array) {
    case StateArray::parameters: return "parameters";
    case StateArray::exp_avg: return "exp_avg";
    case StateArray::exp_avg_sq: return "exp_avg_sq";
  }
  return "";
}

ChunkDigests chunk_digests(std::span<const float> elements) {
  ChunkDigests digests;
  digests.reserve(static_cast<std::size_t>(chunk_count(std::ssize(elements))));
  while (!elements.empty()) {
    const std::size_t count = std::min<std::size_t>(elements.size(), kChunkElements);
    digests.push_back(digest128_of(std::as_bytes(elements.first(count))));
    elements = elements.subspan(count);
  }
  return digests;
}

std::string digest_of_digests(const StateDigests& digests) {
  StreamDigest stream;
  for (const StateArray array : kStateArrays) stream.add(bytes_of(digests[array]));
  return stream.hex();
}

std::string layout_digest(const FlatLayout& layout) { return digest_of(layout_text(layout)); }

std::string state_root(const FlatLayout& layout, const StateDigests& digests) {
  Sha256 root;
  root.add(layout_text(layout));
  for (const StateArray array : kStateArrays) {
    assert(std::ssize(digests[array]) == chunk_count(layout.elements()));
    root.add(bytes_of(digests[array]));
  }
  return root.finish();
}

std::optional<StateDifference> first_difference(const FlatLayout& layout, const StateDigests& one,
                                                const StateDigests& other) {
  for (const StateArray array : kStateArrays) {
    const auto [place, ignored] = std::ranges::mismatch(one[array], other[array]);
    if (place == one[array].end()) continue;
    const std::int64_t chunk = place - one[array].begin();
    const std::vector<std::string> names = names_in_chunk(layout, chunk);
    return StateDifference{
        .array = array, .chunk = chunk, .tensor = names.empty() ? "" : names.front()};
  }
  return std::nullopt;
}

std::string tensors_in_chunk(const FlatLayout& layout, std::int64_t chunk) {
  const std::vector<std::string> names = names_in_chunk(layout, chunk);
  if (names.empty()) return sentence("no tensor");
  if (names.size() == 1) return names.front();
  return sentence("{0} and {1} more", {names.front(), names.size() - 1});
}

}  // namespace lockstep
