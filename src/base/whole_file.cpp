// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.h"

#include "base/temporary_path.h"

namespace lockstep {

void write_whole_file(const std::filesystem::path& path, ErrorKind kind,
                      const std::function<void(SharedFile&)>& fill) {
  if (const auto unnamed = SharedFile::without_name(path, kind)) {
    fill(*unnamed);
    return unnamed->appear();
  }
  const TemporaryPath draft(draft_path_for(path));  // renamed by then, unless this fails
  SharedFile file(draft.path(), kind);
  fill(file);
  file.finish();
  rename_durably(draft.path(), path, kind);
}

}  // namespace lockstep
