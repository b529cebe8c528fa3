// SPDX-License-Identifier: Apache-2.0
// What `ckpt-tool export` prints: the files that were written, or the same as JSON.
#pragma once

#include <string>

#include "report/words.h"
#include "store/export_model.h"

namespace lockstep {

struct ExportedFolder {
  std::string checkpoint;
  std::string format;
  std::string folder;
  ExportedModel model;
};

std::string export_report(const Words& words, const ExportedFolder& written);

// An object with checkpoint, format, folder, files (each with name and bytes), parameters,
// zero_biases and root.
std::string export_json(const ExportedFolder& written);

}  // namespace lockstep
