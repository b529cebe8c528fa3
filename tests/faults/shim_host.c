// SPDX-License-Identifier: Apache-2.0
// A process that takes itself for one of another host, whose clock is wrong.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "shim_paths.h"

static const char* host;
static long seconds_ahead;

__attribute__((constructor)) static void read_host(void) {
  host = getenv("LOCKSTEP_FAULTS_HOST");
  const char* ahead = getenv("LOCKSTEP_FAULTS_CLOCK");
  if (ahead != NULL) seconds_ahead = atol(ahead);
}

EXPORTED int gethostname(char* name, size_t length) {
  struct utsname system;
  if (host == NULL && uname(&system) != 0) return -1;
  snprintf(name, length, "%s", host == NULL ? system.nodename : host);
  return 0;
}

EXPORTED int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead;
  return result;
}
