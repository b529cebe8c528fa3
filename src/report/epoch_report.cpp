// SPDX-License-Identifier: Apache-2.0
#include "report/epoch_report.h"

#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

std::string indented(const std::string& sentence) { return "  " + sentence + "\n"; }

std::string best_line(const Words& words, const Published& published) {
  if (!published.best_file) return fill(words.not_improved, {loss_text(published.best_loss)});
  return fill(words.best_file, {published.best_file->name, size_text(published.best_file->bytes),
                                loss_text(published.improvement)});
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
  std::string text = "\n" + std::string(words.saving) + "\n";
  if (published.epoch_file) text += file_line(words.epoch_file, *published.epoch_file);
  for (const std::string& name : published.removed) {
    text += indented(fill(words.removed_file, {name}));
  }
  text += indented(best_line(words, published));
  if (published.latest_file) text += file_line(words.latest_file, *published.latest_file);
  if (published.main_file) text += file_line(words.main_file, *published.main_file);
  if (published.names_are_copies) text += indented(std::string(words.names_are_copies));
  return text + narrow_rule();
}

}  // namespace lockstep
