// SPDX-License-Identifier: Apache-2.0
// Signals as a question that the training loop asks once a step.
#pragma once

namespace lockstep {

// From now on SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 do not end the process but are remembered. A
// second SIGINT ends it at once; the others may come twice, as batch systems send them.
void listen_for_stop_requests();

// Whether this process was asked to stop. THREADS: any.
bool stop_requested();

}  // namespace lockstep
