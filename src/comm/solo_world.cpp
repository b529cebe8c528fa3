// SPDX-License-Identifier: Apache-2.0
#include "comm/solo_world.h"

#include <cstdlib>
#include <utility>

namespace lockstep {
namespace {

class OwnText : public PendingTexts {
 public:
  explicit OwnText(std::string text) : text_(std::move(text)) {}
  std::optional<std::vector<std::string>> poll() override {
    return std::vector<std::string>{text_};
  }

 private:
  std::string text_;
};

}  // namespace

std::unique_ptr<PendingTexts> SoloWorld::start_gather(const std::string& text) {
  return std::make_unique<OwnText>(text);
}

void SoloWorld::abort(ExitCode exit_code) { std::_Exit(static_cast<int>(exit_code)); }

}  // namespace lockstep
