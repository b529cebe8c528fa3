// SPDX-License-Identifier: Apache-2.0
#include "comm/all_gather.h"

namespace lockstep {

// Every rank starts with its neighbour, so that no rank is everybody's first.
void all_gather(const World& world, Collectives& collectives, std::span<float> flat,
                const std::vector<ElementRange>& parts) {
  const int size = world.size();
  const std::span<float> mine = part_of(flat, parts[static_cast<std::size_t>(world.rank())]);
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (int distance = 1; distance < size; ++distance) {
    const int to = (world.rank() + distance) % size;
    const int from = (world.rank() + size - distance) % size;
    const std::span<float> theirs = part_of(flat, parts[static_cast<std::size_t>(from)]);
    if (!mine.empty()) outgoing.push_back({.peer = to, .values = mine});
    if (!theirs.empty()) incoming.push_back({.peer = from, .values = theirs});
  }
  collectives.start(outgoing, incoming)->wait();
}

}  // namespace lockstep
