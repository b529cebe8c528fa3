// SPDX-License-Identifier: Apache-2.0
#include "export/pickle_graph.h"

#include <unordered_set>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr std::size_t kMaxValues = 1'000'000;
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
constexpr int kMaxDepth = 100;

class TreeBuilder {
 public:
  explicit TreeBuilder(const PickleGraph& graph) : graph_(graph) {}

  PtValue build(NodeId id, int depth) {
    const PickleNode& node = graph_.at(id);
    if (depth > kMaxDepth) graph_.fail(sentence("nests deeper than 100 levels"));
    if (++values_ > kMaxValues) graph_.fail(sentence("holds more than a million values"));
    switch (node.kind) {
      case NodeKind::value: return leaf(node.value);
      case NodeKind::list: return {items(node, depth)};
      case NodeKind::tuple: return {PtTuple{items(node, depth)}};
      case NodeKind::dict: return {dict(node, depth)};
      case NodeKind::storage: graph_.fail(sentence("holds a storage outside of a tensor"));
      case NodeKind::name: break;
    }
    graph_.fail(sentence("holds the bare name '{0}'", {*node.value.as<std::string>()}));
  }

 private:
  PtValue leaf(const PtValue& value) {
    const auto* text = value.as<std::string>();
    if (text != nullptr) text_bytes_ += text->size();
    if (text_bytes_ > kMaxTextBytes) graph_.fail(sentence("holds more than 64 MiB of text"));
    return value;
  }

  std::vector<PtValue> items(const PickleNode& node, int depth) {
    std::vector<PtValue> values;
    for (const NodeId child : node.children) values.push_back(build(child, depth + 1));
    return values;
  }

  PtDict dict(const PickleNode& node, int depth) {
    PtDict dict;
    std::unordered_set<std::string> keys;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      PtValue key = build(node.children[i], depth + 1);
      const auto* text = key.as<std::string>();
      if (text != nullptr && !keys.insert(*text).second)
        graph_.fail(sentence("has the key '{0}' twice in one dictionary", {*text}));
      dict.items.push_back(
          {.key = std::move(key), .value = build(node.children[i + 1], depth + 1)});
    }
    return dict;
  }

  const PickleGraph& graph_;
  std::size_t values_ = 0;
  std::size_t text_bytes_ = 0;
};

}  // namespace

NodeId PickleGraph::add(PickleNode node) {
  if (nodes_.size() >= kMaxValues) fail(sentence("holds more than a million values"));
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

PtValue PickleGraph::tree(NodeId id) const { return TreeBuilder(*this).build(id, 0); }

void PickleGraph::fail(const std::string& found) const {
  throw Error(ErrorKind::checkpoint, sentence("{0} {1}", {subject_, found}));
}

}  // namespace lockstep
