// SPDX-License-Identifier: Apache-2.0
// What the leak sanitizer must not hold against us: HDF5 loses memory when it opens a damaged file.

// The name is the sanitizer's; in a build without it nobody calls this.
extern "C" const char* __lsan_default_suppressions();   // NOLINT
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:libhdf5\n";
}
