// SPDX-License-Identifier: Apache-2.0
#include "model/init.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

// Two layers: residual projections start at 0.02 / sqrt(4) = 0.01.
ModelConfig small_config() {
  return {.vocab_size = 1000, .n_layer = 2, .n_head = 4, .n_embd = 128, .block_size = 64};
}

Parameters initialized(std::uint64_t seed) {
  Parameters parameters(parameter_layout(small_config()));
  initialize(parameters, small_config(), seed);
  return parameters;
}

// Checks mean and deviation of every parameter whose name ends with one of `endings`, to 3 %.
void expect_normal(Parameters& parameters, std::initializer_list<const char*> endings,
                   double deviation) {
  for (const char* ending : endings) {
    int matches = 0;
    for (const FlatTensor& tensor : parameters.layout().tensors()) {
      if (!tensor.spec.name.ends_with(ending)) continue;
      ++matches;
      const at::Tensor values = parameters.get(tensor.spec.name).detach();
      EXPECT_NEAR(values.std().item<double>(), deviation, 0.03 * deviation) << tensor.spec.name;
      EXPECT_NEAR(values.mean().item<double>(), 0.0, 0.05 * deviation) << tensor.spec.name;
    }
    EXPECT_GT(matches, 0) << ending;
  }
}

TEST(Initialize, WeightsAreNormalWithDeviationTwoHundredths) {
  Parameters parameters = initialized(1337);
  expect_normal(parameters, {"wte.weight", "wpe.weight", "c_attn.weight", "c_fc.weight"}, 0.02);
}

TEST(Initialize, ProjectionsIntoTheResidualStreamAreSmallerByTheirNumber) {
  Parameters parameters = initialized(1337);
  expect_normal(parameters, {"attn.c_proj.weight", "mlp.c_proj.weight"}, 0.01);
}

TEST(Initialize, WeightsAreNormalInTheTailsToo) {
  Parameters parameters = initialized(1337);
  const at::Tensor wte = parameters.get("transformer.wte.weight").detach();
  EXPECT_NEAR(wte.abs().gt(0.02).to(at::kDouble).mean().item<double>(), 0.3173, 0.01);
  EXPECT_NEAR(wte.abs().gt(0.06).to(at::kDouble).mean().item<double>(), 0.0027, 0.001);
}

TEST(Initialize, BiasesAreZeroAndLayerNormWeightsOne) {
  Parameters parameters = initialized(1337);
  for (const FlatTensor& tensor : parameters.layout().tensors()) {
    if (tensor.spec.shape.size() != 1) continue;
    const float expected = tensor.spec.name.ends_with(".bias") ? 0.0F : 1.0F;
    EXPECT_TRUE(parameters.get(tensor.spec.name).eq(expected).all().item<bool>())
        << tensor.spec.name;
  }
}

TEST(Initialize, EqualSeedsGiveEqualValues) {
  EXPECT_TRUE(at::equal(initialized(1337).values(), initialized(1337).values()));
}

TEST(Initialize, OtherSeedsGiveOtherValues) {
  EXPECT_FALSE(at::equal(initialized(1337).values(), initialized(1338).values()));
}

TEST(Initialize, DoesNotDependOnWhatWasThereOrDrawnBefore) {
  Parameters parameters = initialized(7);
  at::randn({100});
  initialize(parameters, small_config(), 1337);
  EXPECT_TRUE(at::equal(parameters.values(), initialized(1337).values()));
}

TEST(Initialize, NoTwoParametersShareTheirNumbers) {
  Parameters parameters = initialized(1337);
  const at::Tensor first = parameters.get("transformer.h.0.attn.c_attn.weight");
  const at::Tensor second = parameters.get("transformer.h.1.attn.c_attn.weight");
  EXPECT_LT((first * second).mean().abs().item<double>(), 0.02 * 0.02 * 0.05);
}

}  // namespace
}  // namespace lockstep::test
