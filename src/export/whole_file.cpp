// SPDX-License-Identifier: Apache-2.0
#include "export/whole_file.h"

#include <system_error>

namespace lockstep {
namespace {

// Removes the draft, unless it has been renamed by then.
class DraftName {
 public:
  explicit DraftName(std::filesystem::path path) : path_(std::move(path)) {}
  ~DraftName() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  DraftName(const DraftName&) = delete;
  DraftName& operator=(const DraftName&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

void write_whole_file(const std::filesystem::path& path,
                      const std::function<void(SharedFile&)>& fill) {
  const DraftName draft(draft_path_for(path));
  SharedFile file(draft.path(), ErrorKind::checkpoint);
  fill(file);
  file.finish();
  rename_durably(draft.path(), path, ErrorKind::checkpoint);
}

}  // namespace lockstep
