// SPDX-License-Identifier: Apache-2.0
// The one door through which MPI failures and late peers enter: both become
// Error(communication). For comm/mpi_* only.
#pragma once

#include <mpi.h>

#include <chrono>
#include <functional>
#include <string>

namespace lockstep {

// Throws if `code` is not MPI_SUCCESS. REQUIRES: the communicator's error handler is
// MPI_ERRORS_RETURN, else MPI ends the process before this is reached.
void mpi_check(int code, const std::string& call);

// What is waited for, as a sentence: made only where it is said.
using Purpose = std::string (*)();

// Asks `is_done` again and again, giving the processor away while nothing happens. Throws when
// `timeout` has passed, a peer being gone or stuck, unless a watchdog will find out which.
void mpi_wait_until(const std::function<bool()>& is_done, std::chrono::seconds timeout,
                    Purpose purpose);

// Waits for `request`, in the same way.
void mpi_wait(MPI_Request& request, std::chrono::seconds timeout, Purpose purpose);

// COLLECTIVE. Waits for all ranks, in the same way: before a call that MPI has only as one that
// waits without a limit, so that a rank that is gone by then is found out.
void mpi_await_all(std::chrono::seconds timeout, Purpose purpose);

}  // namespace lockstep
