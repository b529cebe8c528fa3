// SPDX-License-Identifier: Apache-2.0
#include "report/clean_report.h"

#include <nlohmann/json.hpp>

#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

std::string lines_about(const Words& words, const std::vector<PublishedFile>& files, bool dry_run) {
  const std::string_view sentence = dry_run ? words.would_clean : words.cleaned_file;
  std::string text;
  for (const PublishedFile& file : files)
    text += indented(fill(sentence, {file.name, size_text(file.bytes)}));
  return text;
}

Json files_json(const std::vector<PublishedFile>& files) {
  Json array = Json::array();
  for (const PublishedFile& file : files)
    array.push_back({{"name", file.name}, {"bytes", file.bytes}});
  return array;
}

}  // namespace

std::string clean_report(const Words& words, const CleanResult& result) {
  std::string text = fill(words.cleaning, {std::to_string(result.keep)}) + "\n";
  if (result.removed.empty() && result.removed_sets.empty())
    return text + indented(std::string(words.nothing_to_clean));
  text += lines_about(words, result.removed, result.dry_run);
  text += lines_about(words, result.removed_sets, result.dry_run);
  const std::string_view total = result.dry_run ? words.would_free : words.freed;
  text += indented(fill(total, {size_text(result.freed_bytes)}));
  if (result.shared_bytes > 0)
    text += indented(fill(words.still_shared, {size_text(result.shared_bytes)}));
  return text;
}

std::string clean_json(const CleanResult& result) {
  const Json report = {{"dry_run", result.dry_run},
                       {"keep", result.keep},
                       {"removed", files_json(result.removed)},
                       {"removed_sets", files_json(result.removed_sets)},
                       {"freed_bytes", result.freed_bytes},
                       {"shared_bytes", result.shared_bytes}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
