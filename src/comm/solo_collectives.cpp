// SPDX-License-Identifier: Apache-2.0
#include "comm/collectives_kinds.h"
#include "comm/private_window.h"

namespace lockstep {
namespace {

class NoTransfers : public PendingTransfers {
 public:
  bool poll() override { return true; }
  void wait() override {}
};

// There is nobody to send to.
class SoloCollectives : public Collectives {
 public:
  std::unique_ptr<PendingTransfers> start(const std::vector<Outgoing>& /*outgoing*/,
                                          const std::vector<Incoming>& /*incoming*/) override {
    return std::make_unique<NoTransfers>();
  }
  std::unique_ptr<SharedWindow> share(std::size_t count) override {
    return make_private_window(count);
  }
};

}  // namespace

std::unique_ptr<Collectives> make_solo_collectives() { return std::make_unique<SoloCollectives>(); }

}  // namespace lockstep
