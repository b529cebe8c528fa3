// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

// libFuzzer takes its first inputs from folders: one with ours is added to its arguments. Static,
// because the library keeps them.
void add_folder_of_first_inputs(int& count, char**& arguments) {
  static const TempDirectory folder;
  static std::string path = folder.path().string();
  static std::vector<char*> all(arguments, arguments + count);
  int number = 0;
  for (const std::string& input : first_inputs())
    std::ofstream(folder / std::to_string(number++), std::ios::binary) << input;
  all.push_back(path.data());
  count = static_cast<int>(all.size());
  all.push_back(nullptr);
  arguments = all.data();
}

}  // namespace

bool reads(ErrorKind kind, const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    const std::string sentence = error.what();
    must_hold(error.kind() == kind, "an error of another kind: " + sentence);
    must_hold(!sentence.empty(), "an error without a sentence");
    return false;
  }
}

void must_hold(bool holds, const std::string& otherwise) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", otherwise.c_str());
  std::abort();
}

}  // namespace lockstep::test

// The names are libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {  // NOLINT
  lockstep::test::add_folder_of_first_inputs(*count, *arguments);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  lockstep::test::read_input(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
