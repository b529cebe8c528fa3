// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a question that the training loop asks once a step.
#pragma once

namespace lockstep {

// From now on SIGINT and SIGTERM do not end the process but are remembered. A second SIGINT ends it
// at once.
void listen_for_stop_requests();

// Whether this process was asked to stop. THREADS: any.
bool stop_requested();

}  // namespace lockstep
