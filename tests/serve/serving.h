// SPDX-License-Identifier: Apache-2.0
// A service of a model that writes a text.
#pragma once

#include <memory>
#include <string>

#include "serve/fake_text_model.h"
#include "serve/text_service.h"

namespace lockstep::test {

struct Serving {
  explicit Serving(const std::string& text) {
    auto owned = std::make_unique<FakeTextModel>(text);
    model = owned.get();
    service.serve(std::move(owned), "best_model.pt");
  }

  TextService service;
  FakeTextModel* model = nullptr;
};

}  // namespace lockstep::test
