// SPDX-License-Identifier: Apache-2.0
// LibTorch's MKL chooses the kernel of a function when that function is first called. Two threads
// that make the first call together may both be there before the choice is made: one of them then
// computes its part of that call with a kernel of low accuracy, and no error says so. Of MKL 2024.2
// `exp` did that in 5 of 900 processes, by up to 9e-5, which changes the loss of a run's first step
// (https://github.com/pytorch/pytorch/issues/188792).
#pragma once

namespace lockstep {

// Calls on one thread what the passes of a Gpt on the CPU call, so that every choice is made, then
// gives LibTorch `threads` threads: in this order, before the first pass of a process. Takes some
// milliseconds, changes no number of what follows.
void use_threads_after_first_calls(int threads);

}  // namespace lockstep
