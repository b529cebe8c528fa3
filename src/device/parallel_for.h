// SPDX-License-Identifier: Apache-2.0
// The threads of this rank at one piece of work: those that LibTorch's operations have
// (trainer --threads).
#pragma once

#include <cstdint>
#include <functional>

namespace lockstep {

// work(first, last) for ranges that together are [begin, end), each of them in one thread, and but
// for the last none shorter than `grain`. What is to have the same bits with any number of threads
// must not depend on where a range begins and ends. Within such work, another is done by the
// thread that asks for it, and so are LibTorch's operations. Throws what any of them throws, once
// all are done. LibTorch's at::parallel_for is this only where the compiler is told to take OpenMP
// directives, and else, without a word, a loop in one thread.
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  const std::function<void(std::int64_t first, std::int64_t last)>& work);

}  // namespace lockstep
