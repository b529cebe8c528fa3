// SPDX-License-Identifier: Apache-2.0
#include "serve/failure.h"

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"

namespace lockstep {

std::string report_failure(const std::exception& error) {
  const std::string said = sentence_of(error);
  log_error(said);
  return speaks_english() ? said : "the server has failed at this; its log says why";
}

}  // namespace lockstep
