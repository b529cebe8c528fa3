// SPDX-License-Identifier: Apache-2.0
#include "report/export_report.h"

#include <nlohmann/json.hpp>

#include "report/numbers.h"

namespace lockstep {

std::string export_report(const Words& words, const ExportedFolder& written) {
  const ExportedModel& model = written.model;
  std::string text = fill(words.exported, {written.checkpoint, written.folder, written.format,
                                           thousands_text(model.parameters)}) +
                     "\n";
  for (const ExportedFile& file : model.files)
    text += "  " + fill(words.exported_file, {file.name, size_text(file.bytes)}) + "\n";
  if (model.zero_biases > 0)
    text += "  " + fill(words.zero_biases, {thousands_text(model.zero_biases)}) + "\n";
  if (!model.root.empty()) text += "  " + fill(words.root_line, {model.root}) + "\n";
  return text;
}

std::string export_json(const ExportedFolder& written) {
  using Json = nlohmann::ordered_json;
  Json files = Json::array();
  for (const ExportedFile& file : written.model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}});
  const Json object = {{"checkpoint", written.checkpoint},
                       {"format", written.format},
                       {"folder", written.folder},
                       {"files", files},
                       {"parameters", written.model.parameters},
                       {"zero_biases", written.model.zero_biases},
                       {"root", written.model.root}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep
