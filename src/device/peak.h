// SPDX-License-Identifier: Apache-2.0
// What chips can do, from their data sheets. Pure.
#pragma once

#include <string_view>

namespace lockstep {

enum class GpuMath { bf16, tf32, fp32 };

// 10^12 operations a second of dense matrix products, by the name that the driver gives the GPU; 0
// for one that is not in the list.
double peak_tflops(std::string_view gpu, GpuMath math);

}  // namespace lockstep
