// SPDX-License-Identifier: Apache-2.0
#include "report/profile_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using testing::HasSubstr;

StepProfile some_profile() {
  return {
      .kernels = {{.kernel = "nvjet_sm90_tst_256x128", .milliseconds = 30.0, .runs = 37.0},
                  {.kernel = "pytorch_flash::flash_fwd_kernel", .milliseconds = 5.0, .runs = 12.0},
                  {.kernel = "gemm_x", .milliseconds = 10.0, .runs = 2.5}},
      .step_milliseconds = 40.0,
      .tokens = 32'000.0,
      .parameter_flops = 700e6,
      .attention_flops = 50e6,
      .peak_tflops = 1000.0};
}

TEST(ProfileReport, AddsUpTheKernelsOfAKind) {
  const std::string text = profile_report(words_in(Language::en), some_profile());
  EXPECT_THAT(text, HasSubstr("     40.000     100.0%  matrix products\n"));
  EXPECT_THAT(text, HasSubstr("      5.000      12.5%  attention\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("optimizer")));
  EXPECT_THAT(text, HasSubstr("     10.000        2.5  gemm_x\n"));
  EXPECT_THAT(text, HasSubstr("A step took 40.000 ms; all kernels 45.000 ms"));
}

TEST(ProfileReport, TellsMfuWithItsFormula) {
  EXPECT_THAT(profile_report(words_in(Language::en), some_profile()),
              HasSubstr("MFU 60.0%: 800,000 tokens/s x 750.0 MFLOP for a token (6 N + 12 L C T) / "
                        "1000 TFLOP/s; 56.0% with 6 N alone\n"));
}

TEST(ProfileReport, AsksForAPeakThatIsNotKnown) {
  StepProfile profile = some_profile();
  profile.peak_tflops = 0.0;
  const std::string text = profile_report(words_in(Language::en), profile);
  EXPECT_THAT(text, HasSubstr("give --peak-tflops"));
  EXPECT_THAT(text, testing::Not(HasSubstr("MFU 60")));
}

TEST(KindOfKernel, GoesByTheNamesOfKernels) {
  EXPECT_EQ(kind_of_kernel("nvjet_sm90_tss_192x192_64x3_1x2_h_bz_coopB_splitK_NTN"),
            KernelKind::products);
  EXPECT_EQ(kind_of_kernel("void cublasLt::splitKreduce_kernel<32, 16, int>"),
            KernelKind::products);
  EXPECT_EQ(kind_of_kernel("cudnn_generated_fort_native_sdpa_sm90_flash_bprop"),
            KernelKind::attention);
  EXPECT_EQ(kind_of_kernel("void cudnn::fusion::compute_dot_do_o_specialized<true, 64>"),
            KernelKind::attention);
  EXPECT_EQ(kind_of_kernel("lockstep::cuda::(anonymous namespace)::adamw_kernel"),
            KernelKind::optimizer);
  EXPECT_EQ(kind_of_kernel("void lockstep::cuda::(anonymous namespace)::cross_entropy_kernel"),
            KernelKind::model);
  EXPECT_EQ(kind_of_kernel("lockstep::cuda::(anonymous namespace)::tree_sum_kernel<8>"),
            KernelKind::exchange);
  EXPECT_EQ(kind_of_kernel("ncclDevKernel_SendRecv"), KernelKind::exchange);
  EXPECT_EQ(kind_of_kernel("Memcpy DtoH (Device -> Pinned)"), KernelKind::copies);
  EXPECT_EQ(kind_of_kernel("void cub::DeviceRadixSortOnesweepKernel"), KernelKind::others);
}

}  // namespace
}  // namespace lockstep::test
