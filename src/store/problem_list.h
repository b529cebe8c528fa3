// SPDX-License-Identifier: Apache-2.0
// What is wrong with a checkpoint, in sentences: enough of them to act on, and how many more.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

class ProblemList {
 public:
  void add(std::string problem) {
    if (++count_ <= kShown) shown_.push_back(std::move(problem));
  }
  // Adds what `work` throws, if it does, and returns whether it did not. A lack of memory says
  // nothing of a checkpoint, and is thrown on.
  template <class Work>
  bool attempt(const Work& work) {
    try {
      work();
      return true;
    } catch (const std::exception& error) {
      if (is_lack_of_memory(error)) throw;
      add(sentence_of(error));
      return false;
    }
  }
  std::size_t count() const { return count_; }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts = shown_;
    if (count_ > kShown) texts.push_back(sentence("and {0} more", {count_ - kShown}));
    return texts;
  }

 private:
  static constexpr std::size_t kShown = 20;
  std::vector<std::string> shown_;
  std::size_t count_ = 0;
};

}  // namespace lockstep
