// SPDX-License-Identifier: Apache-2.0
// The data plane: moves numbers between ranks, and adds nothing. All of it is host memory; numbers
// of GPUs have StreamCollectives too. make_collectives.cpp is the only file that knows which kinds
// exist.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "comm/world.h"

namespace lockstep {

struct Outgoing {
  int peer = 0;
  std::span<const float> values;
};

struct Incoming {
  int peer = 0;
  std::span<float> values;
};

// Those of one exchange.
struct Messages {
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
};

// Numbers on their way. Their memory must stay, what goes out unchanged, until all is done.
// THREADS: those of its Collectives.
class PendingTransfers {
 public:
  virtual ~PendingTransfers() = default;
  // Whether everything has left and arrived. Never waits, and moves things on.
  virtual bool poll() = 0;
  // Returns when poll() would say yes. Throws Error(communication) if that takes too long.
  virtual void wait() = 0;
};

// Memory of this rank that others read where it lies, instead of having it sent: those of the same
// machine can.
class SharedWindow {
 public:
  virtual ~SharedWindow() = default;
  // What this rank shares.
  virtual std::span<float> mine() = 0;
  // What another rank shares. Absent where the two cannot read each other's.
  virtual std::optional<std::span<const float>> of(int rank) const = 0;
};

// THREADS: one at a time.
class Collectives {
 public:
  virtual ~Collectives() = default;
  // COLLECTIVE, but waits for nobody. For each two ranks, what one sends is what the other receives
  // in the order in which both have started it, of the same size piece by piece. A rank does not
  // send to itself. No values are a message too: whoever has received it sees what its sender had
  // written to a SharedWindow.
  virtual std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& outgoing,
                                                  const std::vector<Incoming>& incoming) = 0;
  // COLLECTIVE. Memory for `count` numbers, which may differ from rank to rank; 0.0 at first.
  virtual std::unique_ptr<SharedWindow> share(std::size_t count) = 0;
};

enum class CollectivesKind { solo, mpi };

std::unique_ptr<Collectives> make_collectives(CollectivesKind kind);

}  // namespace lockstep
