// SPDX-License-Identifier: Apache-2.0
#include "device/peak.h"

#include <algorithm>
#include <array>
#include <string>

namespace lockstep {
namespace {

struct Chip {
  std::string_view name;  // the driver's, without the maker, the family and the memory
  double bf16, tf32, fp32;
};

constexpr std::array kChips = {
    Chip{"GB200", 2500.0, 1250.0, 80.0},   Chip{"B200", 2250.0, 1125.0, 75.0},
    Chip{"GH200", 989.4, 494.7, 66.9},     Chip{"H200", 989.4, 494.7, 66.9},
    Chip{"H200 NVL", 835.5, 417.5, 60.0},  Chip{"H100", 989.4, 494.7, 66.9},
    Chip{"H100 PCIe", 756.0, 378.0, 51.0}, Chip{"H100 NVL", 835.5, 417.5, 60.0},
    Chip{"A100 SXM4", 312.0, 156.0, 19.5}, Chip{"A100 PCIE", 312.0, 156.0, 19.5},
    Chip{"A100 PCIe", 312.0, 156.0, 19.5}, Chip{"L40S", 362.0, 183.0, 91.6},
    Chip{"RTX 4090", 165.2, 82.6, 82.6}};

// As in "80GB", "144G", "HBM3" and "HBM3e".
bool is_of_memory(std::string_view word) {
  if (word.starts_with("HBM")) return true;
  const std::size_t unit = word.find_first_not_of("0123456789");
  return unit != 0 && unit != std::string_view::npos &&
         (word.substr(unit) == "GB" || word.substr(unit) == "G");
}

bool says_nothing_of_the_chip(std::string_view word) {
  return word.empty() || word == "NVIDIA" || word == "GeForce" || is_of_memory(word);
}

// "NVIDIA A100-SXM4-80GB" is an "A100 SXM4".
std::string chip_name(std::string_view gpu) {
  std::string name;
  while (!gpu.empty()) {
    const std::size_t end = std::min(gpu.find_first_of(" -"), gpu.size());
    const std::string_view word = gpu.substr(0, end);
    gpu.remove_prefix(std::min(end + 1, gpu.size()));
    if (says_nothing_of_the_chip(word)) continue;
    if (!name.empty()) name += ' ';
    name += word;
  }
  return name;
}

}  // namespace

// A name with a word more is another chip, or a part of one: "RTX 4090 D", "H200 MIG 1g.18gb".
double peak_tflops(std::string_view gpu, GpuMath math) {
  const auto* const chip = std::ranges::find(kChips, chip_name(gpu), &Chip::name);
  if (chip == kChips.end()) return 0.0;
  return math == GpuMath::bf16 ? chip->bf16 : math == GpuMath::tf32 ? chip->tf32 : chip->fp32;
}

}  // namespace lockstep
