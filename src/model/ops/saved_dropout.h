// SPDX-License-Identifier: Apache-2.0
// A Dropout in what a node of the autograd graph keeps (torch::autograd::AutogradContext).
#pragma once

#include "model/ops/dropout_numbers.h"

namespace lockstep {

template <class Context>
void save_dropout(const Dropout& dropout, Context& context) {
  context.saved_data["probability"] = dropout.probability;
  context.saved_data["key"] = static_cast<std::int64_t>(dropout.key);
  context.saved_data["site"] = static_cast<std::int64_t>(dropout.site);
}

template <class Context>
Dropout saved_dropout(Context& context) {
  return {.probability = context.saved_data["probability"].toDouble(),
          .key = static_cast<std::uint64_t>(context.saved_data["key"].toInt()),
          .site = static_cast<std::uint32_t>(context.saved_data["site"].toInt())};
}

}  // namespace lockstep
