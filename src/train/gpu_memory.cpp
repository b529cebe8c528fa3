// SPDX-License-Identifier: Apache-2.0
#include "train/gpu_memory.h"

#include <c10/util/Exception.h>

#include <string_view>

#include "base/error.h"

namespace lockstep {

std::string brief_account(const std::string& account) {
  constexpr std::string_view kTitle = "CUDA out of memory. ";
  constexpr std::string_view kEnd = " is free.";  // behind it is how allocators can be tuned
  std::string_view brief = account;
  if (brief.starts_with(kTitle)) brief.remove_prefix(kTitle.size());
  if (const auto end = brief.find(kEnd); end != std::string_view::npos)
    brief = brief.substr(0, end + kEnd.size() - 1);
  return std::string(brief);
}

void within_gpu_memory(const std::function<std::string()>& doing, const std::string& remedy,
                       const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::OutOfMemoryError& error) {
    throw Error(ErrorKind::usage, doing() + ": the GPU has not enough memory (" +
                                      brief_account(error.what_without_backtrace()) + "); " +
                                      remedy);
  }
}

}  // namespace lockstep
