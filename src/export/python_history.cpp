// SPDX-License-Identifier: Apache-2.0
#include "export/python_history.h"

#include <cmath>
#include <numeric>
#include <optional>

#include "base/sentence.h"
#include "export/pt_lookup.h"

namespace lockstep {
namespace {

// Counted from 1 where Python did not name them, as in a training_history.json without them.
std::optional<std::vector<std::int64_t>> epochs_in(const PtDict& entry, std::size_t count) {
  const PtValue* const named = entry.find("epochs");
  std::vector<std::int64_t> epochs(count);
  std::iota(epochs.begin(), epochs.end(), 1);
  if (named == nullptr) return epochs;
  const std::optional<std::vector<double>> numbers = numbers_in(named);
  if (!numbers) return std::nullopt;
  epochs.clear();
  for (const double number : *numbers) {
    if (!(number >= 1.0 && number <= static_cast<double>(kMostEpochs)) ||
        number != std::floor(number))
      return std::nullopt;
    epochs.push_back(static_cast<std::int64_t>(number));
  }
  return epochs;
}

}  // namespace

PythonHistory python_history(const PtValue* entry) {
  if (entry == nullptr || entry->as<PtNone>() != nullptr) return {};
  const PtDict* const dict = dict_in(entry);
  if (dict == nullptr)
    return {.history = {}, .problem = sentence("'{0}' is not a dictionary", {"history"})};
  const auto train_loss = numbers_in(dict->find("train_loss"));
  const auto val_loss = numbers_in(dict->find("val_loss"));
  if (!train_loss || !val_loss)
    return {.history = {},
            .problem =
                sentence("'train_loss' and 'val_loss' of 'history' are not two lists of numbers")};
  const auto epochs = epochs_in(*dict, train_loss->size());
  if (!epochs)
    return {.history = {},
            .problem = sentence("'epochs' of 'history' is not a list of epochs from 1 on")};
  History history{.train_loss = *train_loss, .val_loss = *val_loss, .epochs = *epochs};
  if (is_of_one_length(history)) return {.history = std::move(history), .problem = {}};
  return {.history = {},
          .problem = sentence(
              "the lists of 'history' are not of one length: {0} train_loss, {1} val_loss and {2} "
              "epochs",
              {history.train_loss.size(), history.val_loss.size(), history.epochs.size()})};
}

}  // namespace lockstep
