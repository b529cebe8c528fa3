// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "shim_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim_plan.h"

enum { kMostDescriptors = 65536 };

// Descriptors that were opened below the folder.
static unsigned char opened[kMostDescriptors];

// Removes "." and ".." and doubled slashes from an absolute path, in place.
static void normalise(char* path) {
  char* out = path;
  for (const char* in = path; *in != '\0';) {
    while (*in == '/') ++in;
    const size_t length = strcspn(in, "/");
    if (length == 2 && in[0] == '.' && in[1] == '.') {
      while (out > path && *--out != '/') continue;
    } else if (length > 0 && !(length == 1 && in[0] == '.')) {
      *out++ = '/';
      memmove(out, in, length);
      out += length;
    }
    in += length;
  }
  if (out == path) *out++ = '/';
  *out = '\0';
}

int path_of_descriptor(int descriptor, char* path) {
  char link[64];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, kMostPath - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return 1;
}

int is_watched(int folder_descriptor, const char* path, char* absolute) {
  const int error_number = errno;
  absolute[0] = '\0';
  if (path == NULL) return 0;
  size_t used = 0;
  if (path[0] != '/') {
    if (folder_descriptor == AT_FDCWD) {
      if (getcwd(absolute, kMostPath) == NULL) absolute[0] = '\0';
    } else if (!path_of_descriptor(folder_descriptor, absolute)) {
      absolute[0] = '\0';
    }
    used = strlen(absolute);
  }
  snprintf(absolute + used, kMostPath - used, "/%s", path);
  normalise(absolute);
  errno = error_number;
  return faults_watches(absolute);
}

void mark_opened(int descriptor, int is_below) {
  if (descriptor >= 0 && descriptor < kMostDescriptors)
    opened[descriptor] = (unsigned char)is_below;
}

// The mark alone does not do: libc closes descriptors of its own.
int is_opened(int descriptor, char* absolute) {
  const int error_number = errno;
  if (descriptor < 0 || descriptor >= kMostDescriptors || !opened[descriptor]) return 0;
  const int found = path_of_descriptor(descriptor, absolute) && faults_watches(absolute);
  if (!found) opened[descriptor] = 0;
  errno = error_number;
  return found;
}
