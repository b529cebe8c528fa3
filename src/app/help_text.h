// SPDX-License-Identifier: Apache-2.0
// A text of --help in both languages, side by side: one without the other does not compile.
#pragma once

#include <string_view>

#include "report/words.h"

namespace lockstep {

struct HelpText {
  constexpr HelpText(std::string_view english, std::string_view chinese)
      : en(english), zh(chinese) {}

  constexpr std::string_view in(Language language) const {
    return language == Language::zh ? zh : en;
  }

  std::string_view en, zh;
};

// Of options that several programs have.
inline constexpr HelpText kVersionHelp = {"Print the version", "打印版本"};
inline constexpr HelpText kLangHelp = {"The language: zh or en (default: by locale)",
                                       "语言：zh 或 en（默认：按区域设置）"};

}  // namespace lockstep
