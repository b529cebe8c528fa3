// SPDX-License-Identifier: Apache-2.0
// Texts, files and expectations that the tests of this folder share.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/tokenizer.h"

namespace lockstep::test {

inline std::filesystem::path write_text(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

inline std::vector<TokenId> tokens_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> tokens;
  tokenizer.encode(text, tokens);
  return tokens;
}

// Matches a callable that throws an Error of this kind with these words in its message.
inline auto throws_error(ErrorKind kind, const std::string& words) {
  return testing::Throws<Error>(
      testing::AllOf(testing::Property(&Error::kind, kind),
                     testing::Property(&Error::what, testing::HasSubstr(words))));
}

inline std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

// Some hundred lines of English, Chinese and code.
inline std::string small_corpus() {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "The quick brown fox number " + std::to_string(i) + " jumps over the lazy dog.\n";
    text += "\u4eca\u5929\u5929\u6c14\u5f88\u597d\uff0c\u6211\u4eec\u53bb\u516c\u56ed" +
            std::to_string(i * 7) + "\u3002\n";
    text += "    for (int i = 0; i < n; ++i)\tsum += x[i];\n";
  }
  return text;
}

}  // namespace lockstep::test
