// SPDX-License-Identifier: Apache-2.0
// A checkpoint's model as files for other programs, by streaming: little memory whatever the size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "export/model_format.h"

namespace lockstep {

// Every name that the format may use in its folder.
std::vector<std::string_view> exported_names(ModelFormat format);

struct ExportedFile {
  std::string name;
  std::int64_t bytes = 0;
  friend bool operator==(const ExportedFile&, const ExportedFile&) = default;
};

struct ExportedModel {
  std::vector<ExportedFile> files;
  std::int64_t parameters = 0;   // of the checkpoint
  std::int64_t zero_biases = 0;  // elements that only the format has
  std::string root;              // of the checkpoint; empty where that is not known
};

// Writes into `folder`, which is made if need be. Verifies what it reads, by digests or, in a file
// that has none, by CRC-32. Each file appears whole and durable, the tensors first; after a failure
// none is left, nor are folders that were not there. What has one of the names is replaced.
// Throws Error(checkpoint).
ExportedModel export_model(const std::filesystem::path& checkpoint, ModelFormat format,
                           const std::filesystem::path& folder);

}  // namespace lockstep
