// SPDX-License-Identifier: Apache-2.0
#include "export/hf_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "export/gpt_layout.h"
#include "export/samples.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

constexpr const char* kBlock = "transformer.h.1.";

ExportedTensor tensor_called(const std::vector<ExportedTensor>& tensors, const std::string& name) {
  for (const ExportedTensor& tensor : tensors)
    if (tensor.spec.name == name) return tensor;
  ADD_FAILURE() << "there is no " << name;
  return {};
}

std::string refusal_of(const std::vector<TensorSpec>& specs, const ModelConfig& model) {
  return checkpoint_error_of([&] { hf_tensors(FlatLayout(specs), model, "exporting it"); });
}

TEST(HfTensors, TurnsTheWeightsOfLinearLayersOnly) {
  const FlatLayout layout(gpt_specs(kSmallGpt));
  const std::vector<ExportedTensor> tensors = hf_tensors(layout, kSmallGpt, "exporting it");
  ASSERT_EQ(tensors.size(), layout.tensors().size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorSpec& ours = layout.tensors()[i].spec;
    Shape shape = ours.shape;
    const bool is_linear = ours.name.starts_with("transformer.h.") && shape.size() == 2;
    if (is_linear) std::swap(shape[0], shape[1]);
    EXPECT_EQ(tensors[i], (ExportedTensor{{ours.name, shape}, i, is_linear})) << ours.name;
  }
}

TEST(HfTensors, HaveTheShapesOfConv1D) {
  const auto tensors = hf_tensors(FlatLayout(gpt_specs(kSmallGpt)), kSmallGpt, "exporting it");
  const auto shape_of = [&](const char* name) {
    return tensor_called(tensors, kBlock + std::string(name)).spec.shape;
  };
  EXPECT_EQ(shape_of("attn.c_attn.weight"), (Shape{6, 18}));
  EXPECT_EQ(shape_of("attn.c_proj.weight"), (Shape{6, 6}));
  EXPECT_EQ(shape_of("mlp.c_fc.weight"), (Shape{6, 24}));
  EXPECT_EQ(shape_of("mlp.c_proj.weight"), (Shape{24, 6}));
}

TEST(HfTensors, AreZerosForBiasesThatTheModelDoesNotHave) {
  ModelConfig model = kSmallGpt;
  model.bias = false;
  const auto tensors = hf_tensors(FlatLayout(gpt_specs(model)), model, "exporting it");
  const auto with_biases = hf_tensors(FlatLayout(gpt_specs(kSmallGpt)), kSmallGpt, "exporting it");
  ASSERT_EQ(tensors.size(), with_biases.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(tensors[i].spec, with_biases[i].spec);
    EXPECT_EQ(tensors[i].place.has_value(), !tensors[i].spec.name.ends_with(".bias"));
  }
}

TEST(HfTensors, HaveAHeadOfItsOwnWhereTheModelHas) {
  std::vector<TensorSpec> specs = gpt_specs(kSmallGpt);
  specs.push_back({"lm_head.weight", {10, 6}});
  const auto tensors = hf_tensors(FlatLayout(specs), kSmallGpt, "exporting it");
  EXPECT_EQ(tensors.back(), (ExportedTensor{{"lm_head.weight", {10, 6}}, specs.size() - 1, false}));
}

TEST(HfTensors, RefusesWhatIsNoGptOfItsConfiguration) {
  std::vector<TensorSpec> specs = gpt_specs(kSmallGpt);
  specs.erase(specs.begin() + 3);
  EXPECT_EQ(refusal_of(specs, kSmallGpt),
            "exporting it: it has no tensor transformer.h.0.ln_1.bias; the format 'safetensors' "
            "takes every model");
  specs = gpt_specs(kSmallGpt);
  specs.push_back({"transformer.extra", {1}});
  EXPECT_THAT(refusal_of(specs, kSmallGpt), HasSubstr("no place for its tensor transformer.extra"));
  specs = gpt_specs(kSmallGpt);
  specs[1].shape = {5, 6};
  EXPECT_THAT(
      refusal_of(specs, kSmallGpt),
      HasSubstr("transformer.wpe.weight has the shape [5, 6], its configuration says [4, 6]"));
  ModelConfig deeper = kSmallGpt;
  deeper.n_layer = 3;
  EXPECT_THAT(refusal_of(gpt_specs(kSmallGpt), deeper),
              HasSubstr("no tensor transformer.h.2.ln_1"));
}

TEST(HfTensors, RefusesHeadsThatDoNotDivideTheWidth) {
  for (const std::int64_t heads : {-1, 0, 4}) {
    ModelConfig model = kSmallGpt;
    model.n_head = heads;
    EXPECT_THAT(refusal_of(gpt_specs(model), model),
                HasSubstr(std::to_string(heads) + " heads for a width of 6"));
  }
}

TEST(HfConfig, SaysWhatOurModelIs) {
  const auto config = nlohmann::json::parse(hf_config(FlatLayout(gpt_specs(kSmallGpt)), kSmallGpt));
  const auto expected = nlohmann::json::parse(R"({
      "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu",
      "attn_pdrop": 0.1, "embd_pdrop": 0.1, "resid_pdrop": 0.1,
      "bos_token_id": null, "eos_token_id": null,
      "initializer_range": 0.02, "layer_norm_epsilon": 1e-5,
      "n_ctx": 4, "n_positions": 4, "n_embd": 6, "n_head": 2, "n_inner": null, "n_layer": 2,
      "scale_attn_weights": true, "tie_word_embeddings": true, "torch_dtype": "float32",
      "use_cache": true, "vocab_size": 10})");
  EXPECT_EQ(config, expected);
}

TEST(HfConfig, NamesTheGeluByTanhAsTransformersDoes) {
  ModelConfig model = kSmallGpt;
  model.gelu = GeluKind::tanh;
  const auto config = nlohmann::json::parse(hf_config(FlatLayout(gpt_specs(model)), model));
  EXPECT_EQ(config["activation_function"], "gelu_new");
}

TEST(HfConfig, TellsAHeadOfItsOwn) {
  std::vector<TensorSpec> specs = gpt_specs(kSmallGpt);
  specs.push_back({"lm_head.weight", {10, 6}});
  const auto config = nlohmann::json::parse(hf_config(FlatLayout(specs), kSmallGpt));
  EXPECT_EQ(config["tie_word_embeddings"], false);
}

}  // namespace
}  // namespace lockstep::test
