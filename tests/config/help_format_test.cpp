// SPDX-License-Identifier: Apache-2.0
#include "app/help_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "app/ckpt_tool_command.h"
#include "app/server_command.h"
#include "report/display_width.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

std::string tool_help(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "ckpt-tool");
  arguments.push_back("--help");
  return parse_ckpt_tool_command(static_cast<int>(arguments.size()), arguments.data()).help;
}

std::string server_help(const char* lang) {
  const std::vector<const char*> arguments = {"server", "--help", "--lang", lang};
  return parse_server_command(static_cast<int>(arguments.size()), arguments.data(), {}).help;
}

std::vector<std::string> all_helps(const char* lang) {
  std::vector<std::string> helps = {server_help(lang), tool_help({"--lang", lang})};
  for (const char* command :
       {"list", "history", "compare", "clean", "verify", "consolidate", "export"})
    helps.push_back(tool_help({command, "--lang", lang}));
  return helps;
}

std::vector<std::string> lines_of_all_helps(const char* lang) {
  std::vector<std::string> lines;
  for (const std::string& help : all_helps(lang)) {
    std::istringstream text(help);
    for (std::string line; std::getline(text, line);)
      if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

bool has_only_ascii(const std::string& line) {
  return std::ranges::all_of(line, [](unsigned char c) { return c < 128; });
}

TEST(HelpFormat, IsChineseInEveryLine) {
  for (const std::string& line : lines_of_all_helps("zh"))
    EXPECT_FALSE(has_only_ascii(line)) << line;
}

TEST(HelpFormat, IsEnglishInEveryLine) {
  for (const std::string& line : lines_of_all_helps("en"))
    EXPECT_TRUE(has_only_ascii(line)) << line;
}

TEST(HelpFormat, HasAsManyLinesInBothLanguagesForACommand) {
  const auto lines = [](const char* lang) {
    const std::string help = tool_help({"export", "--lang", lang});
    return std::ranges::count(help, '\n');
  };
  EXPECT_EQ(lines("zh"), lines("en"));
}

TEST(HelpFormat, FitsATerminal) {
  for (const char* lang : {"en", "zh"})
    for (const std::string& line : lines_of_all_helps(lang))
      EXPECT_LE(display_width(line), 100) << line;
}

TEST(HelpFormat, LinesUpInCells) {
  const std::string help = tool_help({"--lang", "zh"});
  for (const char* beginning :
       {"\n  --json                      ", "\n  list                        ",
        "\n  --checkpoint-dir DIR        "})
    EXPECT_THAT(help, HasSubstr(beginning));
}

TEST(HelpFormat, SaysWhatTheProgramIsCalledWith) {
  EXPECT_THAT(tool_help({"--lang", "zh"}), HasSubstr("用法: ckpt-tool [选项] [命令]\n"));
  EXPECT_THAT(tool_help({"compare", "--lang", "zh"}),
              HasSubstr("用法: ckpt-tool compare [选项] A B\n"));
  EXPECT_THAT(tool_help({"--lang", "en"}), HasSubstr("Usage: ckpt-tool [OPTIONS] [COMMAND]\n"));
  EXPECT_THAT(server_help("zh"), HasSubstr("用法: server [选项]\n"));
}

}  // namespace
}  // namespace lockstep::test
