// SPDX-License-Identifier: Apache-2.0
#include "report/list_report.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "report/numbers.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
using Mark = CheckpointRow::Mark;

Json mark_json(Mark mark) {
  if (mark == Mark::none) return nullptr;
  return mark == Mark::best ? "best" : "latest";
}

Json loss_json(const std::optional<double>& loss) {
  if (!loss) return nullptr;
  const std::optional<std::string_view> name = non_finite_name(*loss);
  return name ? Json(*name) : Json(*loss);
}

Json count_json(const std::optional<std::int64_t>& count) {
  return count ? Json(*count) : Json(nullptr);
}

Json problem_json(const std::string& problem) {
  return problem.empty() ? Json(nullptr) : Json(problem);
}

std::string moment_text(std::int64_t seconds) {
  return utc_time_text(static_cast<std::time_t>(seconds));
}

Json file_json(const CheckpointRow& row) {
  return {{"name", row.name},
          {"epoch", count_json(row.epoch)},
          {"val_loss", loss_json(row.val_loss)},
          {"bytes", row.bytes},
          {"modified", moment_text(row.modified_seconds)},
          {"mark", mark_json(row.mark)},
          {"ok", row.problem.empty()},
          {"problem", problem_json(row.problem)}};
}

Json set_json(const SetRow& row) {
  return {{"name", row.name},
          {"epoch", count_json(row.epoch)},
          {"step", count_json(row.step)},
          {"shards", count_json(row.shards)},
          {"bytes", row.bytes},
          {"modified", moment_text(row.modified_seconds)},
          {"best", row.is_best},
          {"latest", row.is_latest},
          {"ok", row.problem.empty()},
          {"problem", problem_json(row.problem)}};
}

std::string_view kind_name(LeftoverRow::Kind kind) {
  switch (kind) {
    case LeftoverRow::Kind::draft: return "draft";
    case LeftoverRow::Kind::trash: return "trash";
    case LeftoverRow::Kind::replaced: return "replaced";
  }
  return {};
}

template <class Row, class ToJson>
Json array_of(const std::vector<Row>& rows, const ToJson& to_json) {
  Json array = Json::array();
  for (const Row& row : rows) array.push_back(to_json(row));
  return array;
}

}  // namespace

std::string list_report(const Words& words, const CheckpointListing& listing) {
  const std::string sets = set_table(words, listing.sets, listing.leftovers);
  if (listing.files.empty() && sets.empty()) return std::string(words.no_checkpoints) + "\n";
  std::string text = listing.files.empty() ? "" : checkpoint_table(words, listing.files);
  if (!listing.files.empty() && !sets.empty()) text += "\n";
  text += sets;
  return text +
         fill(words.disk_use, {size_text(listing.apparent_bytes), size_text(listing.real_bytes)}) +
         "\n";
}

std::string list_json(const CheckpointListing& listing) {
  const auto draft_json = [](const LeftoverRow& row) {
    return Json{{"name", row.name}, {"kind", kind_name(row.kind)}};
  };
  const Json object = {{"files", array_of(listing.files, file_json)},
                       {"sets", array_of(listing.sets, set_json)},
                       {"drafts", array_of(listing.leftovers, draft_json)},
                       {"apparent_bytes", listing.apparent_bytes},
                       {"real_bytes", listing.real_bytes}};
  // A file name or a problem need not be UTF-8; dump() would throw on it.
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
