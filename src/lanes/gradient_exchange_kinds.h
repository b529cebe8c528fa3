// SPDX-License-Identifier: Apache-2.0
// One maker for every kind of GradientExchange, each defined in the file of its kind. For
// gradient_exchange.cpp.
#pragma once

#include "comm/rank_grid.h"
#include "lanes/gradient_exchange.h"

namespace lockstep {

// The buffers of a fold in one window, and from one to the next so many numbers: every one begins a
// page.
std::size_t buffer_stride(std::int64_t elements);

// Ranks of one machine only tell each other that a bucket is final: it is added where it lies.
// REQUIRES: a window of fold.buffers * buffer_stride() numbers that all ranks can read.
std::unique_ptr<GradientExchange> make_window_exchange(const World& world, Collectives& collectives,
                                                       std::unique_ptr<SharedWindow> buffers,
                                                       const LanePlan& lanes,
                                                       std::int64_t elements);

// As StreamExchange and StreamShare say, on a HostQueue.
std::unique_ptr<GradientExchange> make_message_exchange(const World& world, const RankGrid& grid,
                                                        Collectives& collectives,
                                                        const LanePlan& lanes,
                                                        std::int64_t elements);

}  // namespace lockstep
