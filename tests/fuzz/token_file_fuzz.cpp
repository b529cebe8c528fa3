// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.h"
#include "fuzz/memory_file.h"
#include "text/token_file.h"

namespace lockstep::test {

std::vector<std::string> first_inputs() {
  const auto header = header_to_bytes({.bytes_per_token = 2, .count = 4, .vocab_size = 300});
  return {std::string(reinterpret_cast<const char*>(header.data()), header.size()) +
          std::string("\1\0\2\0\3\0\4\0", 8)};
}

void read_input(const std::string& input) {
  const MemoryFile file(input);
  reads(ErrorKind::input, [&] {
    const TokenFile tokens = TokenFile::open(file.path());
    std::vector<std::int64_t> copy(static_cast<std::size_t>(tokens.count()));
    tokens.copy(0, tokens.count(), copy.data());
    verify_tokens(tokens);
  });
}

}  // namespace lockstep::test
