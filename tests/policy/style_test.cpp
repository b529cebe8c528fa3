// SPDX-License-Identifier: Apache-2.0
// The rules of the house that a machine can check and clang-format does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "policy/source_files.h"

namespace lockstep::test {
namespace {

constexpr std::size_t kLongestFile = 400;  // lines

bool has_line(const TextFile& file, const std::string& line) {
  return std::ranges::find(file.lines, line) != file.lines.end();
}

bool is_ascii(const std::string& line) {
  return std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// Files that hold what people read in their own language.
bool speaks_to_people(const TextFile& file) {
  return file.is_in("src/report/") || file.is_in("src/app/") ||
         file.path == "src/config/presets.cpp" || file.path == "src/serve/page.cpp";
}

void expect_no_line(const std::vector<TextFile>& files,
                    const std::function<bool(const std::string&)>& is_bad) {
  for (const TextFile& file : files)
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      EXPECT_FALSE(is_bad(file.lines[i])) << place(file, i) << ": " << file.lines[i];
}

bool contains(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

TEST(Style, EverySourceFileStartsWithItsLicence) {
  for (const TextFile& file : all_sources()) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_EQ(file.lines.front(), "// SPDX-License-Identifier: Apache-2.0") << file.path;
  }
}

// Not in the first line: a script names its interpreter there.
TEST(Style, EveryScriptNamesItsLicence) {
  for (const TextFile& file : written_files()) {
    if (!file.path.ends_with(".sh") && !file.path.ends_with(".py")) continue;
    if (file.lines.empty()) continue;
    EXPECT_TRUE(has_line(file, "# SPDX-License-Identifier: Apache-2.0")) << file.path;
  }
}

TEST(Style, EveryHeaderIsIncludedOnce) {
  for (const TextFile& file : all_sources()) {
    if (!file.is_header()) continue;
    EXPECT_TRUE(has_line(file, "#pragma once")) << file.path;
  }
}

TEST(Style, EveryHeaderOpensWithWhatItIsFor) {
  for (const TextFile& file : all_sources()) {
    if (!file.is_header()) continue;
    ASSERT_GE(file.lines.size(), 2U) << file.path;
    EXPECT_TRUE(file.lines[1].starts_with("// ")) << file.path;
  }
}

TEST(Style, NoFileIsLong) {
  for (const TextFile& file : all_sources())
    EXPECT_LE(file.lines.size(), kLongestFile) << file.path;
}

TEST(Style, NoTabsAndNoCarriageReturns) {
  expect_no_line(all_sources(),
                 [](const std::string& line) { return line.find_first_of("\t\r") != line.npos; });
}

TEST(Style, NoTrailingSpaces) {
  expect_no_line(all_sources(), [](const std::string& line) { return line.ends_with(' '); });
}

TEST(Style, SourcesAreAsciiExceptWhereTheySpeakToPeople) {
  std::vector<TextFile> files = sources_in("src");
  std::erase_if(files, speaks_to_people);
  expect_no_line(files, [](const std::string& line) { return !is_ascii(line); });
}

// Split here, so that this file passes its own test.
TEST(Style, NothingIsLeftForLater) {
  expect_no_line(written_files(), [](const std::string& line) {
    return contains(line,
                    "TO"
                    "DO") ||
           contains(line,
                    "FIX"
                    "ME");
  });
}

// Compiled without OpenMP, LibTorch's is a loop in one thread.
TEST(Style, LoopsOfThreadsAreOurs) {
  expect_no_line(sources_in("src"),
                 [](const std::string& line) { return contains(line, "at::parallel_for("); });
}

// What this program wrote a moment ago, on this rank or another, is not asked.
TEST(Style, JsonFromOutsideIsAskedForItsDepthBeforeItIsParsed) {
  const std::set<std::string> from_inside = {"src/app/gpu_facts.cpp", "src/app/rank_facts.cpp",
                                             "src/app/run_order.cpp", "src/store/save_part.cpp"};
  for (const TextFile& file : sources_in("src")) {
    const bool parses = std::ranges::any_of(file.lines, [](const std::string& line) {
      return contains(line, "json::parse(") || contains(line, "Json::parse(");
    });
    if (!parses || from_inside.contains(file.path)) continue;
    const bool asks = std::ranges::any_of(
        file.lines, [](const std::string& line) { return contains(line, "nests_too_deep("); });
    EXPECT_TRUE(asks) << file.path;
  }
}

// Inside a function it is nobody else's business.
TEST(Style, NoHeaderOpensANamespaceForItsUsers) {
  std::vector<TextFile> headers = all_sources();
  std::erase_if(headers, [](const TextFile& file) { return !file.is_header(); });
  expect_no_line(headers,
                 [](const std::string& line) { return line.starts_with("using namespace"); });
}

}  // namespace
}  // namespace lockstep::test
