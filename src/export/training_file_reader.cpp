// SPDX-License-Identifier: Apache-2.0
#include "export/training_file_reader.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"
#include "export/pt_lookup.h"
#include "export/tensor_parts.h"
#include "export/training_tree.h"
#include "export/widen.h"

namespace lockstep {
namespace {

constexpr std::int64_t kBlockElements = 16 * kChunkElements;  // stay in the processor's cache

// Without what DistributedDataParallel and torch.compile put in front of the names of what they
// wrap, in either order.
std::string bare_name(std::string_view name) {
  for (const std::string_view wrapper : {"module.", "_orig_mod.", "module."})
    if (name.starts_with(wrapper)) name.remove_prefix(wrapper.size());
  return std::string(name);
}

const PtValue* find_by_bare_name(const PtDict& model, std::string_view bare) {
  const auto found = std::ranges::find_if(model.items, [&](const PtItem& item) {
    const auto* name = item.key.as<std::string>();
    return name != nullptr && bare_name(*name) == bare;
  });
  return found == model.items.end() ? nullptr : &found->value;
}

// The places in the layout in the order in which the optimizer numbers its parameters: that of the
// model, or, with two groups, matrices first and vectors after them.
std::vector<std::size_t> numbered_places(const FlatLayout& layout, std::size_t group_count) {
  std::vector<std::size_t> places(layout.tensors().size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  if (group_count == 2)
    std::stable_partition(places.begin(), places.end(), [&](std::size_t i) {
      return layout.tensors()[i].spec.shape.size() >= 2;
    });
  return places;
}

StateDigests digests_in(std::string_view table, std::size_t chunks) {
  StateDigests digests;
  for (const StateArray array : kStateArrays) {
    digests[array].resize(chunks);
    const std::size_t bytes = chunks * sizeof(Digest128);
    if (bytes > 0) std::memcpy(digests[array].data(), table.data(), bytes);
    table.remove_prefix(bytes);
  }
  return digests;
}

}  // namespace

TrainingFileReader::TrainingFileReader(TrainingFile file) : file_(std::move(file)) {
  find_parameters();
  find_moments();
  digests_ = read_digests();
}

void TrainingFileReader::find_parameters() {
  const PtDict* const model = dict_in(&file_.entry(file_.entries(), "model"));
  if (model == nullptr) file_.fail(sentence("'{0}' is not a dictionary", {"model"}));
  const PtValue* const embedding = find_by_bare_name(*model, "transformer.wte.weight");
  std::vector<TensorSpec> specs;
  std::set<std::string> names;
  for (const auto& [key, value] : model->items) {
    const auto* name = key.as<std::string>();
    if (name == nullptr) file_.fail(sentence("'model' has an entry without a name"));
    const std::string bare = bare_name(*name);
    if (bare.ends_with(".attn.bias")) continue;  // a mask
    if (bare == "lm_head.weight" && is_tied(value, embedding)) continue;
    if (!names.insert(bare).second) file_.fail(sentence("'model' has {0} twice", {bare}));
    const PtTensor* const tensor = tensor_in(*name, value);
    if (!fits_in_float32(tensor->dtype))
      file_.fail(
          sentence("{0} has dtype {1}, expected float32, float16 or bfloat16; save it again after "
                   "model.float()",
                   {*name, dtype_name(tensor->dtype)}));
    tensors_[StateArray::parameters].push_back(tensor);
    specs.push_back({.name = bare, .shape = tensor->shape});
  }
  layout_ = FlatLayout(specs);
}

// Python's `{name: tensor.half()}` makes two tensors of one. One storage alone says nothing: all
// parameters of a flat model lie in it.
bool TrainingFileReader::is_tied(const PtValue& head, const PtValue* embedding) const {
  const auto* const one = head.as<PtTensor>();
  const auto* const other = embedding == nullptr ? nullptr : embedding->as<PtTensor>();
  if (one == nullptr || other == nullptr) return false;
  return *one == *other || has_the_elements_of(*one, *other);
}

bool TrainingFileReader::has_the_elements_of(const PtTensor& one, const PtTensor& other) const {
  const std::int64_t elements = element_count(one.shape);
  if (one.dtype != other.dtype || one.shape != other.shape ||
      elements > std::min(one.storage_elements, other.storage_elements))
    return false;
  const auto read = [&](const PtTensor& tensor, std::int64_t first) {
    const std::int64_t count = std::min(kBlockElements, elements - first);
    std::vector<std::byte> bytes(static_cast<std::size_t>(count * bytes_per_element(tensor.dtype)));
    file_.reader_.read_elements(tensor, first, bytes);
    return bytes;
  };
  for (std::int64_t first = 0; first < elements; first += kBlockElements)
    if (read(one, first) != read(other, first)) return false;
  return true;
}

// The weights are good whatever trained them.
void TrainingFileReader::find_moments() {
  try {
    read_optimizer();
  } catch (const Error& error) {
    for (const StateArray array : {StateArray::exp_avg, StateArray::exp_avg_sq})
      tensors_[array].clear();
    optimizer_problem_ = sentence(
        "{0}; no run can go on from it, but a new one can start from its weights (--checkpoint)",
        {error.what()});
  }
}

void TrainingFileReader::read_optimizer() {
  const PtDict* const states = file_.optimizer_states();
  if (states == nullptr) return;
  const PtDict& optimizer = *dict_in(file_.entries().find("optimizer"));
  const std::size_t groups = list_in(optimizer.find("param_groups"))->size();
  for (const StateArray array : {StateArray::exp_avg, StateArray::exp_avg_sq})
    tensors_[array].resize(layout_.tensors().size());
  std::int64_t id = 0;
  for (const std::size_t place : numbered_places(layout_, groups)) {
    const TensorSpec& spec = layout_.tensors()[place].spec;
    const PtDict* const state = dict_in(find_integer_key(*states, id++));
    if (state == nullptr)
      file_.fail(sentence("the optimizer's state of {0} is missing", {spec.name}));
    tensors_[StateArray::exp_avg][place] = moment_in(*state, "exp_avg", spec);
    tensors_[StateArray::exp_avg_sq][place] = moment_in(*state, "exp_avg_sq", spec);
  }
  optimizer_steps_ = file_.optimizer_steps();
}

const PtTensor* TrainingFileReader::tensor_in(const std::string& name, const PtValue& value) const {
  const PtTensor* const tensor = value.as<PtTensor>();
  if (tensor == nullptr) file_.fail(sentence("{0} is not a tensor", {name}));
  if (element_count(tensor->shape) > tensor->storage_elements)
    file_.fail(sentence("{0} has more elements than are stored", {name}));
  return tensor;
}

const PtTensor* TrainingFileReader::moment_in(const PtDict& state, const std::string& key,
                                              const TensorSpec& spec) const {
  const PtValue* const value = state.find(key);
  if (value == nullptr)
    file_.fail(sentence("the optimizer's state of {0} ({1}) is missing", {spec.name, key}));
  const std::string name = sentence("the optimizer's state of {0} ({1})", {spec.name, key});
  const PtTensor* const tensor = tensor_in(name, *value);
  if (tensor->dtype != PtDtype::float32)
    file_.fail(sentence("{0} has dtype {1}, expected float32", {name, dtype_name(tensor->dtype)}));
  if (tensor->shape != spec.shape)
    file_.fail(sentence("{0} has shape {1}, expected {2}",
                        {name, shape_text(tensor->shape), shape_text(spec.shape)}));
  return tensor;
}

std::optional<StateDigests> TrainingFileReader::read_digests() const {
  const PtDict* const ours = dict_in(file_.entries().find("lockstep"));
  const PtValue* const stored = ours == nullptr ? nullptr : ours->find("chunk_digests");
  if (stored == nullptr) return std::nullopt;
  const PtTensor* const table = stored->as<PtTensor>();
  const Shape expected{digest_rows(layout_), sizeof(Digest128)};
  if (table == nullptr || table->dtype != PtDtype::uint8 || table->shape != expected ||
      table->storage_elements != element_count(expected))
    file_.fail(
        sentence("'lockstep.chunk_digests' does not have the digests of the file's tensors"));
  const auto chunks = static_cast<std::size_t>(chunk_count(layout_.elements()));
  return digests_in(file_.reader_.read_storage(*table), chunks);
}

void TrainingFileReader::check_without_digests() const {
  if (!digests_) file_.reader_.check_all_bytes();
}

void TrainingFileReader::read(StateArray array, ElementRange range,
                              std::span<float> destination) const {
  assert(has(array) && static_cast<std::int64_t>(destination.size()) == range.count());
  for (std::int64_t first = range.first; first < range.last; first += kBlockElements) {
    const ElementRange block{first, std::min(range.last, first + kBlockElements)};
    const auto elements = destination.subspan(static_cast<std::size_t>(first - range.first),
                                              static_cast<std::size_t>(block.count()));
    read_unverified(array, block, elements);
    if (digests_) verify(array, block, elements);
  }
}

void TrainingFileReader::read_unverified(StateArray array, ElementRange range,
                                         std::span<float> destination) const {
  for_each_part(layout_, range, [&](std::size_t place, ElementRange part) {
    read_part(array, place, part.first - layout_.tensors()[place].offset,
              destination.subspan(static_cast<std::size_t>(part.first - range.first),
                                  static_cast<std::size_t>(part.count())));
  });
}

void TrainingFileReader::read_part(StateArray array, std::size_t place, std::int64_t first,
                                   std::span<float> destination) const {
  const PtTensor& tensor = *tensors_[array][place];
  try {
    if (tensor.dtype == PtDtype::float32)
      return file_.reader_.read_elements(tensor, first, std::as_writable_bytes(destination));
    std::vector<std::byte> narrow(destination.size() *
                                  static_cast<std::size_t>(bytes_per_element(tensor.dtype)));
    file_.reader_.read_elements(tensor, first, narrow);
    widen(tensor.dtype, narrow, destination);
  } catch (const Error& error) {
    throw Error(ErrorKind::checkpoint,
                sentence("{0} ({1} of {2})",
                         {error.what(), name_of(array), layout_.tensors()[place].spec.name}));
  }
}

void TrainingFileReader::verify(StateArray array, ElementRange range,
                                std::span<const float> elements) const {
  const ChunkDigests found = chunk_digests(elements);
  const auto first = static_cast<std::size_t>(range.first / kChunkElements);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == (*digests_)[array][first + i]) continue;
    const auto chunk = static_cast<std::int64_t>(first + i);
    file_.fail(sentence("the chunk {0} of {1} ({2}) does not match its digest; the file is damaged",
                        {chunk, name_of(array), tensors_in_chunk(layout_, chunk)}));
  }
}

}  // namespace lockstep
