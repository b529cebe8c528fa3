// SPDX-License-Identifier: Apache-2.0
#include "train/lockstep_check.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/numbers_text.h"
#include "base/sentence.h"
#include "checkpoint/state_digests.h"
#include "train/tensor_span.h"

namespace lockstep {
namespace {

using Texts = std::vector<std::string>;

template <class Values>
std::string bytes_of(const Values& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool all_equal(const Texts& texts) {
  return std::ranges::all_of(texts, [&](const std::string& text) { return text == texts.front(); });
}

// COLLECTIVE. By halves: the digests of a large model from hundreds of ranks are gigabytes.
// REQUIRES: some differ.
std::size_t first_differing_chunk(World& world, const ChunkDigests& digests) {
  std::size_t first = 0;
  std::size_t last = digests.size();
  while (last - first > 1) {
    const std::size_t middle = first + (last - first) / 2;
    const auto half = std::span(digests).subspan(first, middle - first);
    const bool differs = !all_equal(world.gather_all(digest_of(bytes_of(half))));
    (differs ? last : first) = middle;
  }
  return first;
}

// What most ranks have; of several that as many have, the one of the lowest rank.
const std::string& most_common(const Texts& texts) {
  const auto count = [&](const std::string& text) { return std::ranges::count(texts, text); };
  return *std::ranges::max_element(texts, [&](const std::string& one, const std::string& other) {
    return count(one) < count(other);
  });
}

std::string out_of_step_text(const std::vector<int>& ranks) {
  if (ranks.size() == 1) return sentence("rank {0} is out of step", {ranks.front()});
  return sentence("ranks {0} are out of step", {numbers_text(ranks)});
}

std::size_t first_difference(const std::string& one, const std::string& other) {
  const auto at = std::ranges::mismatch(one, other).in1 - one.begin();
  return static_cast<std::size_t>(at) / sizeof(float);
}

float number_at(const std::string& bytes, std::size_t index) {
  float number = 0.0F;
  std::memcpy(&number, bytes.data() + index * sizeof(float), sizeof(float));
  return number;
}

// With as many digits as tell any two floats apart.
std::string digits_text(float number) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(number));
  return text.data();
}

const FlatTensor& tensor_at(const FlatLayout& layout, std::int64_t element) {
  const auto after = std::ranges::find_if(layout.tensors(), [&](const FlatTensor& tensor) {
    return element < tensor.offset + tensor.elements;
  });
  return *after;
}

[[noreturn]] void fail(const Parameters& parameters, std::int64_t step, std::int64_t first_element,
                       const Texts& numbers) {
  const std::string& right = most_common(numbers);
  std::vector<int> others;
  for (std::size_t rank = 0; rank < numbers.size(); ++rank)
    if (numbers[rank] != right) others.push_back(static_cast<int>(rank));
  const std::string& wrong = numbers[static_cast<std::size_t>(others.front())];
  const std::size_t index = first_difference(wrong, right);
  const std::int64_t element = first_element + static_cast<std::int64_t>(index);
  const FlatTensor& tensor = tensor_at(parameters.layout(), element);
  const bool are_few = 2 * others.size() < numbers.size();
  throw SharedError(
      ErrorKind::out_of_step,
      sentence("comparing the parameters of all ranks after step {0}: {1}: {2}, element {3}, is "
               "{4} there and {5} {6}; suspect the memory, processor or network of that machine, "
               "and go on from the last checkpoint with --resume",
               {step, out_of_step_text(others), tensor.spec.name, element - tensor.offset,
                digits_text(number_at(wrong, index)), digits_text(number_at(right, index)),
                are_few ? sentence("on most ranks") : sentence("on the others")}));
}

}  // namespace

void check_lockstep(World& world, Parameters& parameters, std::int64_t step) {
  at::Tensor on_host = parameters.values().cpu();
  const std::span<float> values = span_of(on_host);
  const ChunkDigests digests = chunk_digests(values);
  if (all_equal(world.gather_all(digest_of(bytes_of(digests))))) return;
  const std::size_t chunk = first_differing_chunk(world, digests);
  const std::size_t first = chunk * static_cast<std::size_t>(kChunkElements);
  const std::size_t count =
      std::min(static_cast<std::size_t>(kChunkElements), values.size() - first);
  fail(parameters, step, static_cast<std::int64_t>(first),
       world.gather_all(bytes_of(values.subspan(first, count))));
}

}  // namespace lockstep
