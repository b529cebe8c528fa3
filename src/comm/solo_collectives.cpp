// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives_kinds.h"

namespace lockstep {
namespace {

class SoloCollectives : public Collectives {
 public:
  void sum(at::Tensor&) override {}
  void broadcast(at::Tensor&, int) override {}
};

}  // namespace

std::unique_ptr<Collectives> make_solo_collectives() { return std::make_unique<SoloCollectives>(); }

}  // namespace lockstep
