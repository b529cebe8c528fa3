// SPDX-License-Identifier: Apache-2.0
// What the shim does at which call: read once from the environment (FORMAT.md), counted in a file
// that a driver can read after the process has been killed.
#pragma once

#include <stddef.h>

// One call of the program below the watched folder.
struct FaultCall {
  const char* name;  // "write"
  int descriptor;    // -1: none
  const char* path;  // absolute, or NULL
  const char* to;    // the other path of a rename, link or clone; a symbolic link's target
  const void* data;  // what a write writes
  long long offset;  // -1: where the descriptor stands
  long long length;  // bytes asked for, or the new size
  long long flags;
  const void* address;  // of the code that called
  long long number;     // k, given by faults_begin()
};

// How the call goes on.
enum FaultVerdict { kFaultPass, kFaultFail, kFaultHalf };

// Counts the call and does what the plan says should happen before it. Sets errno for kFaultFail.
enum FaultVerdict faults_begin(struct FaultCall* call);

// Bytes that may still be written below the folder; a large number without a limit.
long long faults_room(void);

// Logs the call and does what the plan says should happen after it. Leaves errno alone.
void faults_end(const struct FaultCall* call, long long result);

// Whether the absolute path is the watched folder or below it.
int faults_watches(const char* path);

int faults_rank(void);

// Around the call itself, where there is a log: in between no other thread or process makes one, so
// that the records follow each other as the calls did. The second appends a record.
void faults_log_begin(void);
void faults_log_end(const struct FaultCall* call, long long result, int error_number);
