// SPDX-License-Identifier: Apache-2.0
#include "report/verify_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

bool has_problems(const VerifiedRow& row) { return !row.problems.empty(); }

std::string equal_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " = ") + name;
  return text;
}

std::string lines_about(const Words& words, const VerifiedRow& row) {
  const std::string names = equal_names(row.names);
  if (!has_problems(row) && row.root.empty()) return fill(words.whole_without_root, {names}) + "\n";
  if (!has_problems(row)) return fill(words.whole, {names, row.root}) + "\n";
  std::string text = fill(words.not_whole, {names}) + "\n";
  for (const std::string& problem : row.problems) text += "     - " + problem + "\n";
  return text;
}

std::string summary(const Words& words, const std::vector<VerifiedRow>& rows) {
  const auto damaged = std::ranges::count_if(rows, has_problems);
  const std::string count = std::to_string(rows.size());
  if (damaged == 0) return fill(words.all_whole, {count}) + "\n";
  return fill(words.some_damaged, {count, std::to_string(damaged)}) + "\n";
}

Json row_json(const VerifiedRow& row) {
  return {{"name", row.names.front()},
          {"names", row.names},
          {"ok", !has_problems(row)},
          {"root", row.root.empty() ? Json(nullptr) : Json(row.root)},
          {"problems", row.problems}};
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string verify_report(const Words& words, const std::vector<VerifiedRow>& rows) {
  std::string text = std::string(words.verification) + "\n";
  for (const VerifiedRow& row : rows) text += "  " + lines_about(words, row);
  return rows.size() > 1 ? text + summary(words, rows) : text;
}

std::string verify_json(const VerifiedRow& row) { return text_of(row_json(row)); }

std::string verify_json(const std::vector<VerifiedRow>& rows) {
  Json array = Json::array();
  for (const VerifiedRow& row : rows) array.push_back(row_json(row));
  return text_of(array);
}

}  // namespace lockstep
