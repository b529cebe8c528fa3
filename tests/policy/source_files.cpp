// SPDX-License-Identifier: Apache-2.0
#include "policy/source_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

// Folders of the root that .gitignore names, and what is not ours to judge.
const std::set<std::string> kNotWritten = {".git", ".deps", ".cache",      "build",
                                           "data", "runs",  "checkpoints", "__pycache__"};
constexpr std::uintmax_t kLongestText = 1 << 20;

TextFile load(const fs::path& path) {
  const fs::path relative = path.lexically_relative(LOCKSTEP_SOURCE_DIR);
  TextFile file{.path = relative.generic_string(), .folder = {}, .lines = {}};
  const fs::path parent = relative.parent_path();
  if (std::distance(parent.begin(), parent.end()) > 1)
    file.folder = std::next(parent.begin())->string();
  std::ifstream stream(path, std::ios::binary);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

bool is_text(const TextFile& file) {
  return std::ranges::none_of(
      file.lines, [](const std::string& line) { return line.find('\0') != std::string::npos; });
}

void collect(const fs::path& directory, const std::function<bool(const fs::path&)>& is_wanted,
             std::vector<TextFile>& files) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (kNotWritten.contains(entry.path().filename().string())) continue;
    if (entry.is_directory() && !entry.is_symlink()) collect(entry.path(), is_wanted, files);
    if (entry.is_regular_file() && is_wanted(entry.path())) files.push_back(load(entry.path()));
  }
}

}  // namespace

std::string place(const TextFile& file, std::size_t index) {
  return file.path + ":" + std::to_string(index + 1);
}

std::vector<TextFile> sources_in(const std::string& top) {
  std::vector<TextFile> files;
  const auto is_source = [](const fs::path& path) {
    const std::string extension = path.extension().string();
    return extension == ".h" || extension == ".cpp" || extension == ".cu" || extension == ".cuh";
  };
  collect(fs::path(LOCKSTEP_SOURCE_DIR) / top, is_source, files);
  if (files.empty()) throw std::runtime_error("no sources in " + top);
  return files;
}

std::vector<TextFile> all_sources() {
  std::vector<TextFile> files = sources_in("src");
  for (const char* top : {"tests", "bench"})
    std::ranges::move(sources_in(top), std::back_inserter(files));
  return files;
}

std::vector<TextFile> written_files() {
  std::vector<TextFile> files;
  collect(
      LOCKSTEP_SOURCE_DIR, [](const fs::path& path) { return fs::file_size(path) <= kLongestText; },
      files);
  std::erase_if(files, [](const TextFile& file) { return !is_text(file); });
  return files;
}

}  // namespace lockstep::test
