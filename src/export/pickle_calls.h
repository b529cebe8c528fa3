// SPDX-License-Identifier: Apache-2.0
// The only Python names that a pickle may ask for, and what calling them makes. None of them runs
// anything: each is a constructor that is replayed on plain data.
#pragma once

#include <string>

#include "export/pickle_graph.h"

namespace lockstep {

// The node of an allowed name. Throws Error(checkpoint) naming any other name.
PickleNode resolve_name(const PickleGraph& graph, const std::string& module,
                        const std::string& name);

// The storage that a persistent id ('storage', type, key, location, element count) stands for.
PickleNode resolve_storage(const PickleGraph& graph, NodeId persistent_id);

// What calling `function` with the tuple `arguments` returns.
PickleNode call(const PickleGraph& graph, NodeId function, NodeId arguments);

}  // namespace lockstep
