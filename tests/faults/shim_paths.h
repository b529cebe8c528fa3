// SPDX-License-Identifier: Apache-2.0
// Which paths and descriptors the shim watches, and the frame of a call that it interposes.
#pragma once

#include <limits.h>
#include <sys/types.h>

#include "shim_plan.h"

#define EXPORTED __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

enum { kMostPath = PATH_MAX };

// Whether `path`, taken relative to the folder of `folder_descriptor`, is watched; `absolute` (of
// kMostPath bytes) is what it is then.
int is_watched(int folder_descriptor, const char* path, char* absolute);

// The same of an open descriptor.
int is_opened(int descriptor, char* absolute);
void mark_opened(int descriptor, int is_below);
int path_of_descriptor(int descriptor, char* path);

// Writes call->data to call->descriptor at call->offset (-1: where it stands), as the plan allows.
ssize_t write_watched(struct FaultCall* call);

// Runs `real` unless the plan fails the call; logs it; the result of the call.
#define RUN(call, real)                                                                        \
  __extension__({                                                                              \
    const long long run_result = faults_begin(&(call)) == kFaultFail ? -1 : (long long)(real); \
    faults_end(&(call), run_result);                                                           \
    run_result;                                                                                \
  })
