// SPDX-License-Identifier: Apache-2.0
// What is told where the memory of a GPU does not suffice.
#pragma once

#include <functional>
#include <string>

namespace lockstep {

// Runs `work`. Throws Error(usage) where it finds too little memory, be it LibTorch's allocator or
// a library of CUDA that says so: what was being done ("computing a lane of 8 sequences"), how much
// there is, and the remedy ("give a smaller --batch-size").
void within_gpu_memory(const std::function<std::string()>& doing, const std::string& remedy,
                       const std::function<void()>& work);

// The remedy where so many sequences at once are too many.
std::string smaller_lanes();

// Of LibTorch's account what helps: how much was asked for, and how much there is.
std::string brief_account(const std::string& account);

}  // namespace lockstep
