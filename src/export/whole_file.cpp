// SPDX-License-Identifier: Apache-2.0
#include "export/whole_file.h"

#include <array>
#include <random>
#include <span>
#include <system_error>

#include "base/digest.h"

namespace lockstep {
namespace {

// A name that base/file.h takes for a draft, and that no other process picks.
std::filesystem::path draft_path_for(const std::filesystem::path& path) {
  const std::array<unsigned int, 1> number{std::random_device{}()};
  std::filesystem::path draft = path;
  draft += ".draft-" + hex_text(std::as_bytes(std::span(number)));
  return draft;
}

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
