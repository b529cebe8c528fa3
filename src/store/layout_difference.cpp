// SPDX-License-Identifier: Apache-2.0
#include "store/layout_difference.h"

#include <algorithm>

#include "base/sentence.h"

namespace lockstep {

std::string layout_difference(const FlatLayout& found, const FlatLayout& model) {
  if (std::ranges::equal(found.tensors(), model.tensors(), {}, &FlatTensor::spec,
                         &FlatTensor::spec))
    return "";
  for (const FlatTensor& tensor : model.tensors()) {
    const FlatTensor* const same = found.find(tensor.spec.name);
    if (same == nullptr) return sentence("there is no {0}", {tensor.spec.name});
    if (same->spec.shape != tensor.spec.shape)
      return sentence(
          "{0} is {1}, the model's is {2}",
          {tensor.spec.name, shape_text(same->spec.shape), shape_text(tensor.spec.shape)});
  }
  for (const FlatTensor& tensor : found.tensors())
    if (model.find(tensor.spec.name) == nullptr)
      return sentence("the model has no {0}", {tensor.spec.name});
  return sentence("they are in another order");
}

}  // namespace lockstep
