// SPDX-License-Identifier: Apache-2.0
#include "report/plan_report.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "report/display_width.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

struct Line {
  std::string_view name;
  std::string value;
};

// A number that follows from the count of tokens, and is as uncertain as that.
std::string count_text(const Words& words, const RunPlan& plan, std::int64_t count) {
  if (!plan.tokens_are_estimated) return thousands_text(count);
  return fill(words.estimated, {thousands_text(count)});
}

std::string train_tokens_text(const Words& words, const RunPlan& plan) {
  const std::string count = count_text(words, plan, plan.train_tokens);
  return plan.tokens_note.empty() ? count : fill(words.with_note, {count, plan.tokens_note});
}

// None where another text has become shorter than what was trained of the one before.
std::int64_t steps_left(const RunPlan& plan) {
  return std::max<std::int64_t>(0, plan.total_steps - plan.start.steps);
}

std::vector<Line> lines_of(const Words& words, const RunPlan& plan) {
  std::vector<Line> lines = {
      {words.model, plan.model_name},
      {words.parameters, thousands_text(plan.parameters)},
      {words.train_tokens, train_tokens_text(words, plan)},
      {words.validation_tokens, count_text(words, plan, plan.validation_tokens)},
      {words.train_windows, count_text(words, plan, plan.train_windows)},
      {words.steps_per_epoch, count_text(words, plan, plan.steps_per_epoch)},
      {words.total_steps, count_text(words, plan, plan.total_steps)}};
  if (plan.start.is_resumed())
    lines.push_back({words.steps_left, count_text(words, plan, steps_left(plan))});
  lines.insert(lines.end(), {{words.ranks, thousands_text(plan.ranks)},
                             {words.lanes, thousands_text(plan.lanes)},
                             {words.checkpoint_bytes, size_text(plan.checkpoint_bytes)},
                             {words.memory_per_rank, size_text(plan.memory_bytes_per_rank)}});
  if (plan.gpu_bytes_per_rank > 0)
    lines.push_back({words.gpu_memory_per_rank, size_text(plan.gpu_bytes_per_rank)});
  if (plan.free_disk_bytes) lines.push_back({words.free_disk, size_text(*plan.free_disk_bytes)});
  return lines;
}

std::string aligned(const std::vector<Line>& lines) {
  int names = 0;
  for (const Line& line : lines) names = std::max(names, display_width(line.name));
  std::string text;
  for (const Line& line : lines) {
    text += "  " + pad_right(line.name, names + 2) + line.value + "\n";
  }
  return text;
}

std::string idle_ranks_line(const Words& words, const RunPlan& plan) {
  return fill(words.idle_ranks,
              {std::to_string(plan.idle_ranks), std::to_string(plan.ranks),
               std::to_string(plan.lanes), std::to_string(plan.ranks - plan.idle_ranks)}) +
         "\n";
}

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::string plan_report(const Words& words, const RunPlan& plan) {
  std::string text = std::string(words.configuration) + "\n" + wide_rule() +
                     without_line_end(plan.config_json) + "\n" + wide_rule() +
                     std::string(words.plan) + "\n" + wide_rule() + aligned(lines_of(words, plan)) +
                     wide_rule();
  text += start_report(words, plan.start);
  if (plan.idle_ranks > 0) text += idle_ranks_line(words, plan);
  if (plan.free_disk_bytes.value_or(plan.checkpoint_bytes) < plan.checkpoint_bytes)
    text += std::string(words.disk_too_small) + "\n";
  return text + std::string(words.nothing_written) + "\n";
}

}  // namespace lockstep
