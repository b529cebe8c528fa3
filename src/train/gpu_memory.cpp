// SPDX-License-Identifier: Apache-2.0
#include "train/gpu_memory.h"

#include <c10/util/Exception.h>

#include <exception>
#include <string_view>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

std::string in_lower_case(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// What CUDA and its libraries say, each in words of its own. An Error has its remedy already.
bool says_memory_is_out(const std::exception& error) {
  if (dynamic_cast<const Error*>(&error) != nullptr || is_lack_of_memory(error)) return false;
  const std::string text = in_lower_case(error.what());
  return text.find("out of memory") != std::string::npos ||
         text.find("alloc_failed") != std::string::npos;
}

}  // namespace

std::string brief_account(const std::string& account) {
  constexpr std::string_view kTitle = "CUDA out of memory. ";
  constexpr std::string_view kEnd = " is free.";  // behind it is how allocators can be tuned
  std::string_view brief = account;
  if (brief.starts_with(kTitle)) brief.remove_prefix(kTitle.size());
  if (const auto end = brief.find(kEnd); end != std::string_view::npos)
    brief = brief.substr(0, end + kEnd.size() - 1);
  return std::string(brief);
}

std::string smaller_lanes() {
  return sentence("cut the batch into more --lanes, or give a smaller --batch-size");
}

void within_gpu_memory(const std::function<std::string()>& doing, const std::string& remedy,
                       const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::OutOfMemoryError& error) {
    throw Error(ErrorKind::usage,
                sentence("{0}: the GPU has not enough memory ({1}); {2}",
                         {doing(), brief_account(error.what_without_backtrace()), remedy}));
  } catch (const std::exception& error) {
    if (!says_memory_is_out(error)) throw;
    throw Error(ErrorKind::usage, sentence("{0}: not enough memory is left on the GPU, or on the "
                                           "host for what a GPU reads ({1}); {2}",
                                           {doing(), first_line(error.what()), remedy}));
  }
}

}  // namespace lockstep
