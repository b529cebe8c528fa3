// SPDX-License-Identifier: Apache-2.0
// The arrays of a state side by side, each in a thread of its own: a disk takes several writes
// sooner than one after the other, and while it does, others add up their digests.
#pragma once

#include <future>
#include <type_traits>

#include "checkpoint/state_digests.h"

namespace lockstep {

// Starts work(array) for all arrays. Who drops a future waits for its thread, so what `work` refers
// to must be there longer than the futures.
template <class Work>
PerArray<std::future<std::invoke_result_t<Work, StateArray>>> start_for_all_arrays(
    const Work& work) {
  PerArray<std::future<std::invoke_result_t<Work, StateArray>>> running;
  for (const StateArray array : kStateArrays)
    running[array] = std::async(std::launch::async, work, array);
  return running;
}

// What they returned. If one threw, so does this, when all have ended.
template <class Result>
PerArray<Result> results_of(PerArray<std::future<Result>> running) {
  PerArray<Result> results;
  for (const StateArray array : kStateArrays) results[array] = running[array].get();
  return results;
}

}  // namespace lockstep
