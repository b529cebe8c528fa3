// SPDX-License-Identifier: Apache-2.0
// Whether this process is to stop, by a signal or by the clock: a question that is asked once a
// step, while validating and while the text is prepared.
#pragma once

#include <chrono>
#include <optional>

namespace lockstep {

// From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 do not end the process but are
// remembered. A second SIGINT or, some seconds later, SIGTERM or SIGHUP ends it at once; the others
// may come often, as batch systems send them. A SIGHUP that is ignored already stays so. Writing to
// a reader who is gone fails from now on, and does not end the process.
void listen_for_stop_requests();

// The same for SIGUSR1 and SIGUSR2 alone, which a batch system may send while the ranks still meet.
void listen_for_early_stop_requests();

// Whether a signal asked this process to stop. THREADS: any.
bool stop_requested();

// Whether that was SIGINT, SIGTERM or SIGHUP: what a launcher sends that ends the job. THREADS:
// any.
bool told_to_end();

// The process is to have ended this long after its start.
void set_time_limit(std::chrono::seconds limit);

// What is left of it; absent without a limit.
std::optional<std::chrono::duration<double>> time_left();

// Whether a run with so much time left must stop with the step to come, so that a save still fits:
// the next time to stop would be a step later. Without a limit it need not.
bool is_time_to_stop(std::optional<std::chrono::duration<double>> left, double step_seconds,
                     double save_seconds);

// Whether a save that is begun now would end too late.
bool is_too_late_to_save(std::optional<std::chrono::duration<double>> left, double save_seconds);

}  // namespace lockstep
