// SPDX-License-Identifier: Apache-2.0
// A GPU that one thread of a CPU plays, for kernels that are compiled as C++ (as_cpp.py): block
// after block, and the threads of a block take turns, each up to where it waits for others. In
// which order they do is for a test to choose: a kernel that lacks a barrier has other results in
// another order. What it does not play: time, and what caches show to whom. For streams, streams.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "gpu/emulated/streams.h"

namespace lockstep::test::emulated {

// A place in a grid or a block, and the size of either: CUDA's uint3 and dim3.
struct Dim {
  constexpr Dim(unsigned x_count = 1, unsigned y_count = 1, unsigned z_count = 1)
      : x(x_count), y(y_count), z(z_count) {}
  std::size_t count() const { return std::size_t{x} * y * z; }

  unsigned x, y, z;
};

// Whose turn is next, of blocks and of the threads of a block.
enum class Turns { forward, backward, shuffled };
void set_turns(Turns turns);

// What a launch says besides its arguments.
struct Launch {
  Dim grid, block;
  std::size_t shared_bytes = 0;
  Stream* stream = nullptr;
};

// Calls `thread` as each thread of each block. Throws std::logic_error if threads wait for others
// that have ended, or for a barrier that not all of them come to.
void run_threads(const Launch& launch, const std::function<void()>& thread);

template <class Kernel, class... Arguments>
void run(const Launch& launch, const Kernel& kernel, const Arguments&... arguments) {
  start_on(launch.stream, [=] { run_threads(launch, [&] { kernel(arguments...); }); });
}

// What a block may ask for. As on an H100; for tests to change.
inline int most_shared_bytes = 227 * 1024;

// How many launches there were.
std::int64_t launches();

// For the thread whose turn it is.
const Dim& thread_index();
const Dim& block_index();
const Dim& block_size();
const Dim& grid_size();
std::byte* shared_memory();  // what the launch asked for; NaNs until it is written
void await_block();
// Gives `bits` to the others of the warp, and returns those of the lane `distance` (by XOR) away.
std::uint64_t exchange_in_warp(std::uint64_t bits, unsigned distance);

// Copies of this thread that have begun; they arrive as late as they may.
void begin_copy(void* to, const void* from, std::size_t bytes);
void end_stage_of_copies();
void await_copies(std::size_t but_the_last_stages);

}  // namespace lockstep::test::emulated
