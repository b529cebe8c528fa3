// SPDX-License-Identifier: Apache-2.0
// Files whose names may go now, and their bytes later. A file system frees the bytes of a file when
// its last name is gone and nobody has it open; for gigabytes that can take seconds, where it tells
// the disk which blocks are free. Who holds such files decides in which thread that time passes.
#pragma once

#include <filesystem>
#include <vector>

namespace lockstep {

class HeldFiles {
 public:
  HeldFiles() = default;
  // Lets go.
  ~HeldFiles();
  HeldFiles(HeldFiles&& other) noexcept;
  HeldFiles& operator=(HeldFiles&& other) noexcept;

  // Holds the file, or all files directly in the folder. Nothing is held that is not there, nor
  // where holding does harm: an open file that is removed keeps a name on a network file system,
  // and its folder cannot be removed. Nor are more than 256 files in all: those beyond are freed
  // when their names go.
  void hold(const std::filesystem::path& path);

  bool empty() const { return descriptors_.empty(); }

  // From here on the files that have no names are gone. Takes as long as the file system does.
  void let_go();

 private:
  std::vector<int> descriptors_;
};

}  // namespace lockstep
