// SPDX-License-Identifier: Apache-2.0
#include "model/parameters.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;

ModelConfig smallest_config() {
  return {.vocab_size = 11, .n_layer = 1, .n_head = 2, .n_embd = 4, .block_size = 6};
}

std::vector<TensorSpec> specs_of(const FlatLayout& layout) {
  std::vector<TensorSpec> specs;
  for (const FlatTensor& tensor : layout.tensors()) specs.push_back(tensor.spec);
  return specs;
}

TEST(ParameterLayout, OfGpt2SmallHasAsManyElementsAsInPython) {
  const FlatLayout layout = parameter_layout(ModelConfig{});
  EXPECT_EQ(layout.elements(), 124'046'592);
  EXPECT_EQ(layout.tensors().size(), 148U);
}

TEST(ParameterLayout, HasTheNamesShapesAndOrderOfPython) {
  EXPECT_THAT(specs_of(parameter_layout(smallest_config())),
              ElementsAre(TensorSpec{"transformer.wte.weight", {11, 4}},
                          TensorSpec{"transformer.wpe.weight", {6, 4}},
                          TensorSpec{"transformer.h.0.ln_1.weight", {4}},
                          TensorSpec{"transformer.h.0.ln_1.bias", {4}},
                          TensorSpec{"transformer.h.0.attn.c_attn.weight", {12, 4}},
                          TensorSpec{"transformer.h.0.attn.c_attn.bias", {12}},
                          TensorSpec{"transformer.h.0.attn.c_proj.weight", {4, 4}},
                          TensorSpec{"transformer.h.0.attn.c_proj.bias", {4}},
                          TensorSpec{"transformer.h.0.ln_2.weight", {4}},
                          TensorSpec{"transformer.h.0.ln_2.bias", {4}},
                          TensorSpec{"transformer.h.0.mlp.c_fc.weight", {16, 4}},
                          TensorSpec{"transformer.h.0.mlp.c_fc.bias", {16}},
                          TensorSpec{"transformer.h.0.mlp.c_proj.weight", {4, 16}},
                          TensorSpec{"transformer.h.0.mlp.c_proj.bias", {4}},
                          TensorSpec{"transformer.ln_f.weight", {4}},
                          TensorSpec{"transformer.ln_f.bias", {4}}));
}

TEST(ParameterLayout, WithoutBiasesHasWeightsOnly) {
  ModelConfig config = smallest_config();
  config.bias = false;
  EXPECT_THAT(specs_of(parameter_layout(config)),
              ElementsAre(TensorSpec{"transformer.wte.weight", {11, 4}},
                          TensorSpec{"transformer.wpe.weight", {6, 4}},
                          TensorSpec{"transformer.h.0.ln_1.weight", {4}},
                          TensorSpec{"transformer.h.0.attn.c_attn.weight", {12, 4}},
                          TensorSpec{"transformer.h.0.attn.c_proj.weight", {4, 4}},
                          TensorSpec{"transformer.h.0.ln_2.weight", {4}},
                          TensorSpec{"transformer.h.0.mlp.c_fc.weight", {16, 4}},
                          TensorSpec{"transformer.h.0.mlp.c_proj.weight", {4, 16}},
                          TensorSpec{"transformer.ln_f.weight", {4}}));
}

TEST(ParameterLayout, ListsTheBlocksInOrder) {
  ModelConfig config = smallest_config();
  config.n_layer = 12;
  const FlatLayout layout = parameter_layout(config);
  EXPECT_EQ(layout.tensors()[2 + 12].spec.name, "transformer.h.1.ln_1.weight");
  EXPECT_EQ(layout.tensors()[2 + 2 * 12].spec.name, "transformer.h.2.ln_1.weight");
  EXPECT_EQ(layout.tensors()[2 + 11 * 12].spec.name, "transformer.h.11.ln_1.weight");
}

// With gradients that are zero.
Parameters tiny_parameters() {
  Parameters parameters(parameter_layout(smallest_config()));
  parameters.collect_gradients_in(at::zeros_like(parameters.values()));
  return parameters;
}

TEST(Parameters, StartAtZeroWithGradientsNowhere) {
  Parameters parameters(parameter_layout(smallest_config()));
  EXPECT_EQ(parameters.values().abs().max().item<float>(), 0.0F);
  EXPECT_FALSE(parameters.gradients().defined());
  EXPECT_EQ(parameters.values().numel(), parameters.layout().elements());
}

TEST(Parameters, AreViewsIntoTheFlatValues) {
  Parameters parameters = tiny_parameters();
  parameters.values().copy_(at::arange(parameters.values().numel(), at::kFloat));
  const at::Tensor& wpe = parameters.get("transformer.wpe.weight");
  EXPECT_EQ(wpe.sizes(), (at::IntArrayRef{6, 4}));
  EXPECT_EQ(wpe[0][0].item<float>(), 44.0F);
  EXPECT_EQ(wpe[5][3].item<float>(), 67.0F);
}

TEST(Parameters, AllTogetherCoverTheFlatValuesOnce) {
  Parameters parameters = tiny_parameters();
  const float* next = parameters.values().const_data_ptr<float>();
  for (const FlatTensor& tensor : parameters.layout().tensors()) {
    EXPECT_EQ(parameters.get(tensor.spec.name).const_data_ptr<float>(), next) << tensor.spec.name;
    next += tensor.elements;
  }
}

TEST(Parameters, AreLeavesWhoseGradientsBelongInTheFlatGradients) {
  Parameters parameters = tiny_parameters();
  for (const FlatTensor& tensor : parameters.layout().tensors()) {
    const Parameter parameter = parameters.parameter(tensor.spec.name);
    EXPECT_TRUE(parameter.leaf.is_leaf() && parameter.leaf.requires_grad()) << tensor.spec.name;
    EXPECT_EQ(parameter.gradient->sizes(), parameter.leaf.sizes());
    EXPECT_EQ(parameter.gradient->const_data_ptr<float>(),
              parameters.gradients().const_data_ptr<float>() + tensor.offset);
  }
}

TEST(Parameters, CollectGradientsWhereTheyAreTold) {
  Parameters parameters = tiny_parameters();
  const Parameter wpe = parameters.parameter("transformer.wpe.weight");
  const at::Tensor other = at::ones_like(parameters.gradients());
  parameters.collect_gradients_in(other);
  EXPECT_EQ(wpe.gradient->const_data_ptr<float>(), other.const_data_ptr<float>() + 44);
  EXPECT_TRUE(parameters.gradients().is_same(other));
}

// A sum of all parameters, so that one backward pass reaches each of them. LibTorch adds to
// gradients itself here.
at::Tensor sum_of_all(const Parameters& parameters) {
  at::Tensor sum = at::zeros({}, at::kFloat);
  for (const FlatTensor& tensor : parameters.layout().tensors()) {
    const Parameter parameter = parameters.parameter(tensor.spec.name);
    parameter.leaf.mutable_grad() = *parameter.gradient;
    sum = sum + parameter.leaf.sum();
  }
  return sum;
}

TEST(Parameters, SayWhichGradientsAreReadyDuringEveryPass) {
  Parameters parameters = tiny_parameters();
  const std::int64_t elements = parameters.layout().elements();
  std::vector<std::int64_t> told;
  parameters.on_gradients_ready([&](std::int64_t first) {
    // Each of these has its gradient, which is 1 after the first pass.
    EXPECT_EQ(parameters.gradients().narrow(0, first, elements - first).min().item<float>(), 1.0F);
    told.push_back(first);
  });
  sum_of_all(parameters).backward();
  EXPECT_TRUE(std::ranges::is_sorted(told, std::greater()));
  ASSERT_FALSE(told.empty());
  EXPECT_GT(told.front(), 0);
  EXPECT_EQ(told.back(), 0);

  parameters.gradients().zero_();
  const std::vector<std::int64_t> first_pass = std::exchange(told, {});
  sum_of_all(parameters).backward();
  EXPECT_EQ(told, first_pass);

  parameters.on_gradients_ready({});
  told.clear();
  sum_of_all(parameters).backward();
  EXPECT_TRUE(told.empty());
}

TEST(Parameters, AnErrorWhileGradientsAreTakenEndsThePass) {
  Parameters parameters = tiny_parameters();
  parameters.on_gradients_ready(
      [](std::int64_t) { throw Error(ErrorKind::communication, "a rank is gone"); });
  try {
    sum_of_all(parameters).backward();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::communication);
  }
}

TEST(Parameters, AnUnknownNameIsAMistakeOfTheProgram) {
  const Parameters parameters = tiny_parameters();
  try {
    parameters.get("lm_head.weight");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::internal);
    EXPECT_STREQ(error.what(), "the model has no parameter lm_head.weight");
  }
}

}  // namespace
}  // namespace lockstep::test
