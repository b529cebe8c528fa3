// SPDX-License-Identifier: Apache-2.0
#include "report/clean_report.h"

#include <nlohmann/json.hpp>

#include "report/numbers.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

std::string indented(const std::string& sentence) { return "  " + sentence + "\n"; }

std::int64_t sum_of_sizes(const std::vector<PublishedFile>& files) {
  std::int64_t bytes = 0;
  for (const PublishedFile& file : files) bytes += file.bytes;
  return bytes;
}

}  // namespace

std::string clean_report(const Words& words, const CleanResult& result) {
  std::string text = fill(words.cleaning, {std::to_string(result.keep)}) + "\n";
  if (result.removed.empty()) return text + indented(std::string(words.nothing_to_clean));
  for (const PublishedFile& file : result.removed) {
    const std::string_view sentence = result.dry_run ? words.would_clean : words.cleaned_file;
    text += indented(fill(sentence, {file.name, size_text(file.bytes)}));
  }
  const std::string_view total = result.dry_run ? words.would_free : words.freed;
  text += indented(fill(total, {size_text(result.freed_bytes)}));
  const std::int64_t shared = sum_of_sizes(result.removed) - result.freed_bytes;
  if (shared > 0) text += indented(fill(words.still_shared, {size_text(shared)}));
  return text;
}

std::string clean_json(const CleanResult& result) {
  Json removed = Json::array();
  for (const PublishedFile& file : result.removed) {
    removed.push_back({{"name", file.name}, {"bytes", file.bytes}});
  }
  const Json report = {{"dry_run", result.dry_run},
                       {"keep", result.keep},
                       {"removed", removed},
                       {"freed_bytes", result.freed_bytes}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
