// SPDX-License-Identifier: Apache-2.0
// Who may include what. The picture of src/README.md, as a table.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "policy/source_files.h"

namespace lockstep::test {
namespace {

// Which folder of src/ may include which others; app assembles everything.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"base", {}},
    {"tensors", {"base"}},
    {"device", {"base"}},
    {"config", {"base"}},
    {"text", {"base", "config"}},
    {"comm", {"base", "tensors"}},
    {"lanes", {"base", "tensors", "comm"}},
    {"batches", {"base", "tensors", "text"}},
    {"model", {"base", "tensors", "device", "config"}},
    {"optim", {"base", "tensors", "device", "config"}},
    {"checkpoint", {"base", "tensors"}},
    {"export", {"base", "tensors", "config", "checkpoint"}},
    {"store", {"base", "tensors", "config", "checkpoint", "export"}},
    {"generate", {"base", "tensors", "config", "text", "model", "checkpoint", "store"}},
    {"serve", {"base", "generate"}},
    {"report", {"base", "config", "checkpoint", "store"}},
    {"train",
     {"base", "tensors", "device", "config", "text", "comm", "lanes", "batches", "model", "optim",
      "checkpoint", "export", "store"}},
    {"app",
     {"base", "tensors", "device", "config", "text", "comm", "lanes", "batches", "model", "optim",
      "checkpoint", "export", "store", "generate", "serve", "report", "train"}},
};

struct Include {
  std::string file;
  bool is_ours = false;  // "file" and not <file>
};

std::optional<Include> include_in(const std::string& line) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::smatch match;
  if (!std::regex_search(line, match, pattern)) return std::nullopt;
  return Include{.file = match[2], .is_ours = match[1] == "\""};
}

void for_each_include(
    const std::function<void(const TextFile&, const Include&, const std::string& place)>& visit) {
  for (const TextFile& file : sources_in("src"))
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (const auto include = include_in(file.lines[i])) visit(file, *include, place(file, i));
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& starts) {
  return std::ranges::any_of(starts,
                             [&](const std::string& start) { return text.starts_with(start); });
}

// A library whose headers start with `header` is known to files that start with one of `doors`.
void expect_only_behind(const std::string& header, const std::vector<std::string>& doors) {
  for_each_include([&](const TextFile& file, const Include& include, const std::string& place) {
    if (!include.file.starts_with(header)) return;
    EXPECT_TRUE(starts_with_any(file.path, doors)) << place << ": " << include.file;
  });
}

TEST(Includes, EveryFolderOfSrcIsInTheTable) {
  for (const TextFile& file : sources_in("src")) {
    if (file.folder.empty()) continue;
    EXPECT_TRUE(kMayInclude.contains(file.folder)) << file.path;
  }
}

TEST(Includes, PointOnlyDownTheHouse) {
  for_each_include([](const TextFile& file, const Include& include, const std::string& place) {
    if (!include.is_ours || file.folder.empty()) return;
    const std::string folder = include.file.substr(0, include.file.find('/'));
    if (folder == file.folder) return;
    EXPECT_TRUE(kMayInclude.at(file.folder).contains(folder)) << place << ": " << include.file;
  });
}

// Folders are taken away that may include only those taken before: of circles, however long, all
// folders stay, and those that include them.
TEST(Includes, TheTableHasNoCircle) {
  std::map<std::string, std::set<std::string>> left = kMayInclude;
  const auto stands_on_nothing = [&](const auto& row) {
    return std::ranges::none_of(row.second,
                                [&](const auto& other) { return left.contains(other); });
  };
  while (true) {
    const auto row = std::ranges::find_if(left, stands_on_nothing);
    if (row == left.end()) break;
    left.erase(row);
  }
  for (const auto& [folder, below] : left)
    ADD_FAILURE() << folder << " is in a circle or above one";
}

// So that it compiles alone: tests/policy/CMakeLists.txt looks only at headers without such a
// source.
TEST(Includes, ASourceIncludesItsOwnHeaderFirst) {
  const std::vector<TextFile> files = sources_in("src");
  std::set<std::string> paths;
  for (const TextFile& file : files) paths.insert(file.path);
  for (const TextFile& file : files) {
    if (!file.path.ends_with(".cpp")) continue;
    const std::string header = file.path.substr(0, file.path.rfind('.')) + ".h";
    if (!paths.contains(header)) continue;
    const auto first = std::ranges::find_if(
        file.lines, [](const std::string& line) { return include_in(line).has_value(); });
    ASSERT_NE(first, file.lines.end()) << file.path;
    EXPECT_EQ("src/" + include_in(*first)->file, header) << file.path;
  }
}

TEST(Includes, MpiHasOneDoor) { expect_only_behind("mpi.h", {"src/comm/mpi_"}); }

TEST(Includes, NcclHasOneDoor) { expect_only_behind("nccl.h", {"src/comm/nccl_"}); }

TEST(Includes, CudaHasFewDoors) {
  for (const char* header : {"c10/cuda/", "ATen/cuda/", "cuda", "cub/"})
    expect_only_behind(header, {"src/device/", "src/model/cuda", "src/optim/cuda_",
                                "src/lanes/cuda_", "src/comm/nccl_"});
}

TEST(Includes, CudnnHasOneDoor) {
  for (const char* header : {"cudnn", "ATen/cudnn/"})
    expect_only_behind(header, {"src/model/cuda/cudnn_"});
}

TEST(Includes, TheCommandLineLibraryIsKnownToTheAppOnly) {
  expect_only_behind("CLI/", {"src/app/"});
}

TEST(Includes, TheLogLibraryHasOneDoor) { expect_only_behind("spdlog/", {"src/base/log.cpp"}); }

TEST(Includes, TheDigestLibraryHasOneDoor) {
  for (const char* header : {"xxhash", "xxh3", "xxh_x86dispatch"})
    expect_only_behind(header, {"src/base/digest.cpp"});
}

TEST(Includes, SentencePieceHasOneDoor) {
  expect_only_behind("sentencepiece", {"src/text/sentencepiece_"});
}

TEST(Includes, TheHttpLibraryHasOneDoor) { expect_only_behind("httplib", {"src/serve/http_"}); }

TEST(Includes, ZlibIsKnownToTheExportOnly) { expect_only_behind("zlib.h", {"src/export/"}); }

TEST(Includes, Hdf5HasOneDoor) {
  for (const char* header : {"hdf5", "H5", "checkpoint/hdf5_handle.h", "checkpoint/hdf5_image.h",
                             "checkpoint/hdf5_attributes.h"})
    expect_only_behind(header, {"src/checkpoint/hdf5_"});
}

TEST(Includes, JsonIsNeverInAHeader) {
  for_each_include([](const TextFile& file, const Include& include, const std::string& place) {
    if (!include.file.starts_with("nlohmann/")) return;
    EXPECT_FALSE(file.is_header()) << place;
    EXPECT_EQ(include.file, "nlohmann/json.hpp") << place;
  });
}

TEST(Includes, HalfOfTheHouseKnowsNothingOfLibTorch) {
  const std::set<std::string> without_torch = {"base",  "tensors", "config",     "text",
                                               "comm",  "lanes",   "checkpoint", "export",
                                               "store", "serve",   "report"};
  for_each_include([&](const TextFile& file, const Include& include, const std::string& place) {
    if (!without_torch.contains(file.folder)) return;
    EXPECT_FALSE(starts_with_any(include.file, {"ATen/", "torch/", "c10/"})) << place;
  });
}

// Headers of the standard library have no dot and no slash; those of others do.
TEST(Includes, OurHeadersShowNoLibraryButTensors) {
  for_each_include([](const TextFile& file, const Include& include, const std::string& place) {
    if (!file.is_header() || include.is_ours) return;
    if (file.path == "src/comm/mpi_check.h" && include.file == "mpi.h") return;
    if (file.path == "src/checkpoint/hdf5_handle.h" && include.file == "hdf5.h") return;
    const bool is_standard = include.file.find_first_of("./") == std::string::npos;
    EXPECT_TRUE(is_standard || include.file == "ATen/core/Tensor.h")
        << place << ": " << include.file;
  });
}

}  // namespace
}  // namespace lockstep::test
