// SPDX-License-Identifier: Apache-2.0
#include "app/print_answer.h"

#include <cerrno>
#include <iostream>

#include "base/error.h"
#include "base/printable.h"
#include "base/sentence.h"

namespace lockstep {

void print_answer(const std::string& text) {
  errno = 0;
  std::cout << printable(text) << std::flush;
  if (std::cout.good()) return;
  const std::string reason = errno == 0 ? sentence("it is closed") : errno_text(errno);
  throw Error(ErrorKind::input,
              sentence("writing the answer to the standard output: {0}", {reason}));
}

}  // namespace lockstep
