// SPDX-License-Identifier: Apache-2.0
#include "report/epoch_report.h"

#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

std::string best_line(const Words& words, const Published& published) {
  if (!published.is_best) return fill(words.not_improved, {loss_text(published.best_loss)});
  const std::string improvement = loss_text(published.improvement);
  if (!published.best_file) return fill(words.new_best, {improvement});
  return fill(words.best_file,
              {published.best_file->name, size_text(published.best_file->bytes), improvement});
}

std::string file_line(std::string_view sentence, const PublishedFile& file) {
  return indented(fill(sentence, {file.name, size_text(file.bytes)}));
}

}  // namespace

std::string epoch_report(const Words& words, const EpochResult& result) {
  const std::string title =
      fill(words.epoch_results, {std::to_string(result.epoch), std::to_string(result.epochs)});
  return narrow_rule() + title + "\n" + narrow_rule() +
         indented(fill(words.time_used, {seconds_text(result.seconds)})) +
         indented(fill(words.train_loss, {loss_text(result.train_loss)})) +
         indented(fill(words.val_loss, {loss_text(result.val_loss)}));
}

std::string published_report(const Words& words, const Published& published) {
  const PublishedFile set{published.set, published.set_bytes};
  std::string text = "\n" + std::string(words.saving) + "\n";
  if (published.epoch_file) text += file_line(words.epoch_file, *published.epoch_file);
  for (const std::string& name : published.removed) {
    text += indented(fill(words.removed_file, {name}));
  }
  if (published.ends_an_epoch) text += indented(best_line(words, published));
  if (published.latest_file) text += file_line(words.latest_file, *published.latest_file);
  if (published.main_file) text += file_line(words.main_file, *published.main_file);
  text += file_line(published.ends_an_epoch ? words.epoch_set : words.step_set, set);
  for (const std::string& name : published.removed_sets) {
    text += indented(fill(words.removed_set, {name}));
  }
  text += indented(fill(words.root, {published.root}));
  if (published.names_are_copies) text += indented(std::string(words.names_are_copies));
  return text + narrow_rule();
}

}  // namespace lockstep
