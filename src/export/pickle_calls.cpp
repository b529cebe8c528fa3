// SPDX-License-Identifier: Apache-2.0
#include "export/pickle_calls.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/sentence.h"
#include "export/pickle_opcodes.h"

namespace lockstep {
namespace {

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kSize = "torch.Size";
constexpr std::array kFunctions{kOrderedDict, kRebuildTensor, kRebuildParameter, kSize};

constexpr std::size_t kMaxDimensions = 64;  // PyTorch has no tensors of more
constexpr std::size_t kMaxKeyBytes = 255;
constexpr std::size_t kMostShown = 100;  // of a name that is asked for

std::optional<PtDtype> dtype_of_storage_type(std::string_view full_name) {
  constexpr std::string_view kModule = "torch.";
  if (!full_name.starts_with(kModule)) return std::nullopt;
  const auto found = std::ranges::find(kStorageTypes, full_name.substr(kModule.size()),
                                       [](const auto& entry) { return entry.first; });
  if (found == kStorageTypes.end()) return std::nullopt;
  return found->second;
}

template <class Kind>
const Kind* value_as(const PickleNode& node) {
  return node.kind == NodeKind::value ? node.value.as<Kind>() : nullptr;
}

std::string_view name_of(const PickleNode& node) {
  return node.kind == NodeKind::name ? std::string_view(*node.value.as<std::string>()) : "";
}

std::int64_t natural_number(const PickleGraph& graph, NodeId id, const std::string& what) {
  const auto* number = value_as<std::int64_t>(graph.at(id));
  if (number == nullptr || *number < 0)
    graph.fail(sentence("has a tensor whose {0} is not a natural number", {what}));
  return *number;
}

Shape natural_numbers(const PickleGraph& graph, NodeId id, const std::string& what) {
  const PickleNode& node = graph.at(id);
  if (node.kind != NodeKind::tuple || node.children.size() > kMaxDimensions)
    graph.fail(sentence("has a tensor whose {0} is not a tuple of at most 64 numbers", {what}));
  Shape numbers;
  for (const NodeId child : node.children) numbers.push_back(natural_number(graph, child, what));
  return numbers;
}

// One past the last element of the storage that the view reaches; absent when it overflows.
std::optional<std::int64_t> end_of_view(const PtTensor& tensor) {
  std::int64_t end = 0;
  if (__builtin_add_overflow(tensor.offset, 1, &end)) return std::nullopt;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &reach) ||
        __builtin_add_overflow(end, reach, &end))
      return std::nullopt;
  }
  return end;
}

// A dimension of 0 does not excuse the others: their product must fit in any order.
bool element_count_fits(const PtTensor& tensor) {
  std::int64_t bytes = bytes_per_element(tensor.dtype);
  return std::ranges::all_of(tensor.shape, [&](std::int64_t extent) {
    return !__builtin_mul_overflow(bytes, std::max<std::int64_t>(extent, 1), &bytes);
  });
}

void check_view(const PickleGraph& graph, const PtTensor& tensor) {
  if (tensor.shape.size() != tensor.stride.size())
    graph.fail(sentence("has a tensor with {0} dimensions and {1} strides",
                        {tensor.shape.size(), tensor.stride.size()}));
  if (!element_count_fits(tensor)) graph.fail(sentence("has a tensor of more than 2^63 bytes"));
  if (std::ranges::count(tensor.shape, 0) > 0) return;
  const std::optional<std::int64_t> end = end_of_view(tensor);
  if (!end || *end > tensor.storage_elements)
    graph.fail(sentence("has a tensor of shape {0} that reaches beyond its storage '{1}'",
                        {shape_text(tensor.shape), tensor.storage}));
}

// torch marks a view whose elements are to be read as something else than they are.
void check_marks(const PickleGraph& graph, const PickleNode& metadata) {
  for (std::size_t i = 0; i + 1 < metadata.children.size(); i += 2) {
    const auto* mark = value_as<std::string>(graph.at(metadata.children[i]));
    const auto* is_set = value_as<bool>(graph.at(metadata.children[i + 1]));
    if (mark == nullptr || (*mark != "neg" && *mark != "conj")) continue;
    if (is_set == nullptr || *is_set)
      graph.fail(
          sentence("has a tensor with the mark '{0}', whose elements are not those stored; save it "
                   "again after tensor.resolve_{0}()",
                   {*mark}));
  }
}

PickleNode rebuild_tensor(const PickleGraph& graph, const std::vector<NodeId>& arguments) {
  if (arguments.size() < 4 || graph.at(arguments[0]).kind != NodeKind::storage)
    graph.fail(sentence("calls _rebuild_tensor_v2 with other arguments than torch does"));
  PtTensor tensor = *graph.at(arguments[0]).value.as<PtTensor>();
  tensor.offset = natural_number(graph, arguments[1], "offset");
  tensor.shape = natural_numbers(graph, arguments[2], "shape");
  tensor.stride = natural_numbers(graph, arguments[3], "stride");
  check_view(graph, tensor);
  constexpr std::size_t kMetadata = 6;  // behind requires_grad and the hooks
  if (arguments.size() > kMetadata) check_marks(graph, graph.at(arguments[kMetadata]));
  return {.kind = NodeKind::value, .value = {tensor}, .children = {}};
}

PickleNode rebuild_parameter(const PickleGraph& graph, const std::vector<NodeId>& arguments) {
  if (arguments.empty() || value_as<PtTensor>(graph.at(arguments[0])) == nullptr)
    graph.fail(sentence("calls _rebuild_parameter without a tensor"));
  return graph.at(arguments[0]);
}

PickleNode make_size(const PickleGraph& graph, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 1)
    graph.fail(sentence("calls torch.Size with other arguments than torch does"));
  const Shape numbers = natural_numbers(graph, arguments[0], "size");
  return {.kind = NodeKind::tuple, .value = {}, .children = graph.at(arguments[0]).children};
}

PickleNode make_ordered_dict(const PickleGraph& graph, const std::vector<NodeId>& arguments) {
  if (!arguments.empty()) graph.fail(sentence("calls OrderedDict with arguments"));
  return {.kind = NodeKind::dict, .value = {}, .children = {}};
}

}  // namespace

PickleNode resolve_name(const PickleGraph& graph, const std::string& module,
                        const std::string& name) {
  const std::string full_name = module + "." + name;
  const bool allowed = std::ranges::find(kFunctions, full_name) != kFunctions.end() ||
                       dtype_of_storage_type(full_name).has_value();
  if (!allowed)
    graph.fail(
        sentence("asks for '{0}', which is not allowed; save tensors, numbers, texts, lists and "
                 "dictionaries only: state_dict() of a module, float(x) of a number of NumPy's",
                 {full_name.substr(0, kMostShown)}));
  return {.kind = NodeKind::name, .value = {full_name}, .children = {}};
}

PickleNode resolve_storage(const PickleGraph& graph, NodeId persistent_id) {
  const PickleNode& tuple = graph.at(persistent_id);
  if (tuple.kind != NodeKind::tuple || tuple.children.size() != 5)
    graph.fail(sentence("has a persistent id that is not torch's tuple for a storage"));
  const auto* mark = value_as<std::string>(graph.at(tuple.children[0]));
  const auto dtype = dtype_of_storage_type(name_of(graph.at(tuple.children[1])));
  const auto* key = value_as<std::string>(graph.at(tuple.children[2]));
  if (mark == nullptr || *mark != "storage" || !dtype || key == nullptr ||
      key->size() > kMaxKeyBytes)
    graph.fail(sentence("has a persistent id that is not torch's tuple for a storage"));
  PtTensor storage;
  storage.storage = *key;
  storage.dtype = *dtype;
  storage.storage_elements = natural_number(graph, tuple.children[4], "storage size");
  return {.kind = NodeKind::storage, .value = {storage}, .children = {}};
}

PickleNode call(const PickleGraph& graph, NodeId function, NodeId arguments) {
  const std::string_view name = name_of(graph.at(function));
  const PickleNode& tuple = graph.at(arguments);
  if (tuple.kind != NodeKind::tuple)
    graph.fail(sentence("calls a name with something else than a tuple"));
  if (name == kOrderedDict) return make_ordered_dict(graph, tuple.children);
  if (name == kRebuildTensor) return rebuild_tensor(graph, tuple.children);
  if (name == kRebuildParameter) return rebuild_parameter(graph, tuple.children);
  if (name == kSize) return make_size(graph, tuple.children);
  graph.fail(sentence("calls something that is not a function"));
}

}  // namespace lockstep
