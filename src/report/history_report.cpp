// SPDX-License-Identifier: Apache-2.0
#include "report/history_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "report/columns.h"
#include "report/history_chart.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// The place of the lowest validation loss, the earlier of two equal ones.
std::optional<std::size_t> lowest_place(const History& history) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < history.val_loss.size(); ++i) {
    if (!std::isfinite(history.val_loss[i])) continue;
    if (!best || history.val_loss[i] < history.val_loss[*best]) best = i;
  }
  return best;
}

std::optional<std::size_t> best_place(const History& history, std::int64_t best_epoch) {
  const auto found = std::ranges::find(history.epochs, best_epoch);
  if (found == history.epochs.end()) return lowest_place(history);
  const auto place = static_cast<std::size_t>(found - history.epochs.begin());
  return std::isfinite(history.val_loss[place]) ? place : lowest_place(history);
}

std::vector<std::string> table_lines(const Words& words, const History& history,
                                     std::optional<std::size_t> best) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < history.epochs.size(); ++i)
    rows.push_back({std::to_string(history.epochs[i]), loss_text(history.train_loss[i]),
                    loss_text(history.val_loss[i]), best == i ? "⭐" : ""});
  return lines_in_columns({{std::string(words.epoch_title), 8, 5},
                           {std::string(words.train_loss_title), 12},
                           {std::string(words.val_loss_title), 12},
                           {"", 0, 0, false}},
                          rows);
}

std::string statistics(const Words& words, const History& history, std::size_t best) {
  const double first = history.val_loss.front();
  const double lowest = history.val_loss[*lowest_place(history)];
  const std::string text = fill(words.best_epoch, {std::to_string(history.epochs[best]),
                                                   loss_text(history.val_loss[best])}) +
                           "\n";
  return text +
         fill(words.history_statistics,
              {std::to_string(history.epochs.size()), loss_text(first),
               loss_text(history.val_loss.back()), loss_text(lowest), loss_text(first - lowest)}) +
         "\n";
}

Json losses_json(const std::vector<double>& losses) {
  Json array = Json::array();
  for (const double loss : losses) {
    const std::optional<std::string_view> name = non_finite_name(loss);
    array.push_back(name ? Json(*name) : Json(loss));
  }
  return array;
}

}  // namespace

std::string history_report(const Words& words, const History& history, std::int64_t best_epoch) {
  if (history.epochs.empty()) return std::string(words.no_history) + "\n";
  const std::optional<std::size_t> best = best_place(history, best_epoch);
  const std::vector<std::string> lines = table_lines(words, history, best);
  std::string text = std::string(words.training_history) + "\n" + wide_rule();
  text += lines.front() + "\n" + wide_rule();
  for (std::size_t i = 1; i < lines.size(); ++i) text += lines[i] + "\n";
  text += wide_rule();
  text += best ? statistics(words, history, *best) : std::string(words.no_best_epoch) + "\n";
  const std::string chart = history_chart(words, history);
  return chart.empty() ? text : text + "\n" + chart;
}

std::string history_json(const History& history, std::int64_t best_epoch) {
  const std::optional<std::size_t> best = best_place(history, best_epoch);
  const Json object = {{"train_loss", losses_json(history.train_loss)},
                       {"val_loss", losses_json(history.val_loss)},
                       {"epochs", history.epochs},
                       {"best_epoch", best ? Json(history.epochs[*best]) : Json(nullptr)},
                       {"best_val_loss", best ? Json(history.val_loss[*best]) : Json(nullptr)}};
  return object.dump(2) + "\n";
}

}  // namespace lockstep
