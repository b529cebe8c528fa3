// SPDX-License-Identifier: Apache-2.0
// Loops over all parameters, compiled once more for processors with wider vectors; which one runs
// is chosen when the program is loaded. The results are the same to the last bit: each operation
// rounds as IEEE 754 says, and no two are fused into one (-ffp-contract=off).
#pragma once

// The thread sanitizer is not ready yet when the choice is made.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define LOCKSTEP_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define LOCKSTEP_VECTOR_CLONES
#endif
