// SPDX-License-Identifier: Apache-2.0
// What goes wrong while a client is answered, as the people of the server and the client are told.
#pragma once

#include <exception>
#include <string>

namespace lockstep {

// Logs it in the language of this process, and returns what the client is told: the same, but in
// English, as all that clients are told.
std::string report_failure(const std::exception& error);

}  // namespace lockstep
