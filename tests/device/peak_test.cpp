// SPDX-License-Identifier: Apache-2.0
#include "device/peak.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(PeakTflops, IsThatOfTheDataSheet) {
  EXPECT_EQ(peak_tflops("NVIDIA H200", GpuMath::bf16), 989.4);
  EXPECT_EQ(peak_tflops("NVIDIA H100 80GB HBM3", GpuMath::bf16), 989.4);
  EXPECT_EQ(peak_tflops("NVIDIA H100 80GB HBM3", GpuMath::tf32), 494.7);
  EXPECT_EQ(peak_tflops("NVIDIA A100-SXM4-80GB", GpuMath::fp32), 19.5);
}

TEST(PeakTflops, TellsChipsOfSimilarNamesApart) {
  EXPECT_EQ(peak_tflops("NVIDIA H100 PCIe", GpuMath::bf16), 756.0);
  EXPECT_EQ(peak_tflops("NVIDIA H100 NVL", GpuMath::bf16), 835.5);
  EXPECT_EQ(peak_tflops("NVIDIA GH200 480GB", GpuMath::bf16), 989.4);
  EXPECT_EQ(peak_tflops("NVIDIA B200", GpuMath::bf16), 2250.0);
  EXPECT_EQ(peak_tflops("NVIDIA GB200", GpuMath::bf16), 2500.0);
  EXPECT_EQ(peak_tflops("NVIDIA H200 NVL", GpuMath::bf16), 835.5);
}

TEST(PeakTflops, TakesEachNameOfTheDriver) {
  for (const char* const a100 : {"NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-80GB", "A100-SXM4-40GB",
                                 "NVIDIA A100-PCIE-40GB", "NVIDIA A100 80GB PCIe"})
    EXPECT_EQ(peak_tflops(a100, GpuMath::bf16), 312.0) << a100;
  EXPECT_EQ(peak_tflops("NVIDIA GH200 144G HBM3e", GpuMath::bf16), 989.4);
  EXPECT_EQ(peak_tflops("NVIDIA L40S", GpuMath::bf16), 362.0);
  EXPECT_EQ(peak_tflops("NVIDIA GeForce RTX 4090", GpuMath::bf16), 165.2);
}

TEST(PeakTflops, OfAChipWhoseNameOnlyBeginsAlikeIsNotKnown) {
  for (const char* const other :
       {"NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA GeForce RTX 4090 D", "NVIDIA A100X",
        "NVIDIA L40", "NVIDIA H100 Something", "NVIDIA B2000", ""})
    EXPECT_EQ(peak_tflops(other, GpuMath::bf16), 0.0) << other;
}

TEST(PeakTflops, OfAnotherChipIsNotKnown) {
  EXPECT_EQ(peak_tflops("NVIDIA GeForce GT 710", GpuMath::bf16), 0.0);
}

TEST(PeakTflops, OfAPartOfAChipIsNotKnown) {
  EXPECT_EQ(peak_tflops("NVIDIA H200 MIG 1g.18gb", GpuMath::bf16), 0.0);
}

}  // namespace
}  // namespace lockstep::test
