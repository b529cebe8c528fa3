// SPDX-License-Identifier: Apache-2.0
#include "device/peak.h"

#include <array>

namespace lockstep {
namespace {

struct Chip {
  std::string_view name;  // a part of the driver's
  double bf16, tf32, fp32;
};

// The first that fits: longer names come before those they contain.
constexpr std::array kChips = {
    Chip{"GB200", 2500.0, 1250.0, 80.0},   Chip{"B200", 2250.0, 1125.0, 75.0},
    Chip{"GH200", 989.4, 494.7, 66.9},     Chip{"H200", 989.4, 494.7, 66.9},
    Chip{"H100 PCIe", 756.0, 378.0, 51.0}, Chip{"H100 NVL", 835.5, 417.5, 60.0},
    Chip{"H100", 989.4, 494.7, 66.9},      Chip{"A100", 312.0, 156.0, 19.5},
    Chip{"L40S", 362.0, 183.0, 91.6},      Chip{"RTX 4090", 165.2, 82.6, 82.6}};

}  // namespace

double peak_tflops(std::string_view gpu, GpuMath math) {
  if (gpu.find("MIG") != std::string_view::npos) return 0.0;  // a part of the chip
  for (const Chip& chip : kChips) {
    if (gpu.find(chip.name) == std::string_view::npos) continue;
    return math == GpuMath::bf16 ? chip.bf16 : math == GpuMath::tf32 ? chip.tf32 : chip.fp32;
  }
  return 0.0;
}

}  // namespace lockstep
