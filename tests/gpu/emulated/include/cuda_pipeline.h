// SPDX-License-Identifier: Apache-2.0
// Copies to shared memory that go on by themselves, on the emulated GPU.
#pragma once

#include <cuda_runtime.h>

// The names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
#define __pipeline_memcpy_async ::lockstep::test::emulated::begin_copy
#define __pipeline_commit ::lockstep::test::emulated::end_stage_of_copies
#define __pipeline_wait_prior ::lockstep::test::emulated::await_copies
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
