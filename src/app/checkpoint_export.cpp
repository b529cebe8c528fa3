// SPDX-License-Identifier: Apache-2.0
#include "app/checkpoint_export.h"

#include "base/error.h"
#include "store/export_model.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// A link to a set is called what the set is.
std::string name_of_checkpoint(const fs::path& checkpoint) {
  const fs::path named = fs::is_directory(checkpoint) ? fs::canonical(checkpoint) : checkpoint;
  return named.filename().string();
}

bool is_anything(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

void check_folder(const fs::path& folder, ModelFormat format, const std::string& doing) {
  std::error_code error;
  if (is_anything(folder) && !fs::is_directory(folder, error))
    throw Error(ErrorKind::usage,
                doing + folder.string() + " is not a folder; give another one with -o");
  for (const std::string_view name : exported_names(format))
    if (is_anything(folder / name))
      throw Error(ErrorKind::usage,
                  doing + (folder / name).string() +
                      " exists and is not overwritten; give another folder with -o");
}

}  // namespace

ExportedFolder export_checkpoint(const fs::path& checkpoint, ModelFormat format,
                                 const fs::path& folder) {
  const std::string name = name_of_checkpoint(checkpoint);
  // "out/" is the folder "out".
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  check_folder(target, format, "exporting " + name + ": ");
  return {.checkpoint = name,
          .format = std::string(name_of(format)),
          .folder = target.string(),
          .model = export_model(checkpoint, format, target)};
}

}  // namespace lockstep
