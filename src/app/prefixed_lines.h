// SPDX-License-Identifier: Apache-2.0
// While it lives, every line of a stream begins with the same text: of several ranks that write to
// one file, who speaks. A line is written at once and whole, so that those of others do not come
// between.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace lockstep {

class PrefixedLines : private std::streambuf {
 public:
  // An empty prefix leaves the stream as it is.
  PrefixedLines(std::ostream& stream, std::string prefix);
  ~PrefixedLines() override;
  PrefixedLines(const PrefixedLines&) = delete;
  PrefixedLines& operator=(const PrefixedLines&) = delete;

 private:
  int_type overflow(int_type character) override;
  void write_line();

  std::ostream& stream_;
  std::string prefix_;
  std::string line_;
  std::streambuf* target_ = nullptr;
};

}  // namespace lockstep
