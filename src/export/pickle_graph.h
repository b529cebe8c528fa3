// SPDX-License-Identifier: Apache-2.0
// What a pickle builds while it is read: nodes that may share children, as Python objects do. A
// hostile pickle can make this graph cyclic or its tree exponential, so turning it into a value
// tree is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "export/pt_value.h"

namespace lockstep {

using NodeId = std::uint32_t;

enum class NodeKind {
  value,    // a scalar, a text or a tensor, in `value`
  list,     // `children`
  tuple,    // `children`
  dict,     // `children`: key, value, key, value, ...
  storage,  // a PtTensor in `value` with the storage's key, dtype and size
  name,     // an allowed name of Python's, "module.name" as a text in `value`
};

struct PickleNode {
  NodeKind kind = NodeKind::value;
  PtValue value;
  std::vector<NodeId> children;
};

class PickleGraph {
 public:
  // `subject` begins every message: "reading a.pt: the pickle".
  explicit PickleGraph(std::string subject) : subject_(std::move(subject)) {}

  // References stay good only until the next add().
  NodeId add(PickleNode node);
  PickleNode& at(NodeId id) { return nodes_[id]; }
  const PickleNode& at(NodeId id) const { return nodes_[id]; }

  // The tree below `id`; what is shared is copied. Throws Error(checkpoint) beyond a depth of 100,
  // a million values or 64 MiB of text, and for a key that a dictionary has twice.
  PtValue tree(NodeId id) const;

  [[noreturn]] void fail(const std::string& found) const;

 private:
  std::string subject_;
  std::vector<PickleNode> nodes_;
};

}  // namespace lockstep
