// SPDX-License-Identifier: Apache-2.0
// What a client gets, and what is known of it, whatever carries it there.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/http_status.h"

namespace lockstep {

// Whether a client still waits for its answer. THREADS: to be called by any, one at a time.
using IsClientThere = std::function<bool()>;

struct Answer {
  int status = kOk;
  std::string type = "application/json";
  std::string body;
  // Where it is set, the body comes while the text is being written: every part is given to
  // `write`, which returns whether the client is still there. To be called once.
  using Write = std::function<bool(std::string_view part)>;
  std::function<void(const Write& write)> parts;
  std::vector<std::pair<std::string, std::string>> headers;  // besides those of the body
};

}  // namespace lockstep
