// SPDX-License-Identifier: Apache-2.0
#include "export/whole_file.h"

#include "base/temporary_path.h"

namespace lockstep {

void write_whole_file(const std::filesystem::path& path,
                      const std::function<void(SharedFile&)>& fill) {
  if (const auto unnamed = SharedFile::without_name(path, ErrorKind::checkpoint)) {
    fill(*unnamed);
    return unnamed->appear();
  }
  const TemporaryPath draft(draft_path_for(path));  // renamed by then, unless this fails
  SharedFile file(draft.path(), ErrorKind::checkpoint);
  fill(file);
  file.finish();
  rename_durably(draft.path(), path, ErrorKind::checkpoint);
}

}  // namespace lockstep
