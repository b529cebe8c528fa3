// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_export.h"

#include "base/error.h"
#include "base/file.h"
#include "base/obstacle.h"
#include "base/sentence.h"
#include "store/export_model.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

void check_folder(const fs::path& folder, ModelFormat format, const std::string& checkpoint) {
  if (const auto obstacle = obstacle_to_folder(folder))
    throw Error(ErrorKind::usage, sentence("exporting {0}: {1}; give another folder with -o",
                                           {checkpoint, *obstacle}));
  for (const std::string_view name : exported_names(format))
    if (is_name_taken(folder / name, ErrorKind::checkpoint))
      throw Error(ErrorKind::usage,
                  sentence("exporting {0}: {1} exists and is not overwritten; give another folder "
                           "with -o",
                           {checkpoint, folder / name}));
}

}  // namespace

ExportedFolder export_checkpoint(const fs::path& checkpoint, ModelFormat format,
                                 const fs::path& folder) {
  const std::string name = checkpoint_name(checkpoint);
  // "out/" is the folder "out".
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  check_folder(target, format, name);
  return {.checkpoint = name,
          .format = std::string(name_of(format)),
          .folder = target.string(),
          .model = export_model(checkpoint, format, target)};
}

}  // namespace lockstep
