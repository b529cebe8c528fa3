// SPDX-License-Identifier: Apache-2.0
// One maker for every kind of Gradients, each defined in the file of its kind. For gradients.cpp.
#pragma once

#include <memory>

#include "train/gradients.h"

namespace lockstep {

// COLLECTIVE. `like`: float32 [elements], on the GPU.
std::unique_ptr<Gradients> make_gpu_gradients(const Ways& ways, const LanePlan& lanes,
                                              const at::Tensor& like);

// COLLECTIVE. Gradients::gather() in host memory.
void gather_on_host(World& world, double* numbers, const Gradients::RangesOfRanks& of_ranks);

}  // namespace lockstep
