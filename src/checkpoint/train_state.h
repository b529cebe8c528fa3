// SPDX-License-Identifier: Apache-2.0
// The scalars of a run: everything but tensors that a resume needs, and how they are written down.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace lockstep {

// The losses of every completed epoch; the three lists are equally long.
struct History {
  std::vector<double> train_loss;
  std::vector<double> val_loss;
  std::vector<std::int64_t> epochs;  // counted from 1
  friend bool operator==(const History&, const History&) = default;
};

inline bool is_of_one_length(const History& history) {
  return history.train_loss.size() == history.epochs.size() &&
         history.val_loss.size() == history.epochs.size();
}

struct TrainState {
  std::int64_t epoch = 0;  // completed epochs
  std::int64_t step = 0;   // steps made
  // Of them, those without a finite gradient, which changed nothing.
  std::int64_t skipped_steps = 0;
  // Where in the epoch after `epoch` the run stands: 0 at its beginning.
  std::int64_t cursor = 0;          // its windows that steps have taken
  std::int64_t cursor_skipped = 0;  // of them, those of skipped steps
  double cursor_loss_sum = 0.0;     // the others' losses, each the mean over a window's targets
  std::int64_t lanes = 0;           // that the batches are cut into; 0: not known
  // "exact": steps have the same bits at any world size; "fast": they do not; empty: not known.
  std::string mode;
  double best_loss = std::numeric_limits<double>::infinity();  // lowest validation loss so far
  std::int64_t best_epoch = 0;  // the epoch it belongs to; 0: none yet
  double train_loss = std::numeric_limits<double>::quiet_NaN();  // of the last epoch
  double val_loss = std::numeric_limits<double>::quiet_NaN();
  History history;
  std::string tokens_digest;  // of the token file trained on; a resume must find the same tokens
  std::string run_config = "{}";  // the resolved configuration as JSON; opaque here
};

// The updates that the moments have seen.
inline std::int64_t updates_made(const TrainState& state) {
  return state.step - state.skipped_steps;
}

// Numbers survive the way there and back bit for bit; infinity and NaN are written as texts, which
// JSON has no numbers for. Reading throws Error(checkpoint) saying what is missing or wrong; a
// history whose lists are not of one length is taken for none, and costs no run its state.
std::string train_state_to_json(const TrainState& state);
TrainState train_state_from_json(const std::string& json);

// The content of training_history.json: {"train_loss": [...], "val_loss": [...], "epochs": [...]},
// null where a loss is not a number.
std::string history_to_json(const History& history);
// Whether a text is such a content, ours or Python's, which may lack the epochs.
bool is_history(const std::string& text);

}  // namespace lockstep
