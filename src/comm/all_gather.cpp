// SPDX-License-Identifier: Apache-2.0
#include "comm/all_gather.h"

namespace lockstep {
namespace {

std::span<float> part_of(std::span<float> flat, const ElementRange& range) {
  return flat.subspan(static_cast<std::size_t>(range.first),
                      static_cast<std::size_t>(range.count()));
}

// Every rank starts with its neighbour, so that no rank is everybody's first.
Messages messages_of(const World& world, std::span<float> flat,
                     const std::vector<ElementRange>& parts) {
  const int size = world.size();
  const std::span<float> mine = part_of(flat, parts[static_cast<std::size_t>(world.rank())]);
  Messages messages;
  for (int distance = 1; distance < size; ++distance) {
    const int to = (world.rank() + distance) % size;
    const int from = (world.rank() + size - distance) % size;
    const std::span<float> theirs = part_of(flat, parts[static_cast<std::size_t>(from)]);
    if (!mine.empty()) messages.outgoing.push_back({.peer = to, .values = mine});
    if (!theirs.empty()) messages.incoming.push_back({.peer = from, .values = theirs});
  }
  return messages;
}

}  // namespace

void all_gather(const World& world, Collectives& collectives, std::span<float> flat,
                const std::vector<ElementRange>& parts) {
  const Messages messages = messages_of(world, flat, parts);
  collectives.start(messages.outgoing, messages.incoming)->wait();
}

void all_gather(const World& world, GpuCollectives& collectives, std::span<float> flat,
                const std::vector<ElementRange>& parts, CUstream_st* stream) {
  const Messages messages = messages_of(world, flat, parts);
  collectives.start(messages.outgoing, messages.incoming, stream);
}

}  // namespace lockstep
