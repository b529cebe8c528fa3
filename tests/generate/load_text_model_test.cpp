// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "export/samples.h"
#include "generate/gpt_text_model.h"
#include "model/init.h"
#include "support/flip_bit.h"
#include "support/message_of.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"
#include "text/byte_tokenizer.h"
#include "text/make_tokenizer.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

// A file as Python writes it, with a tokenizer beside it.
class LoadTextModel : public testing::Test {
 protected:
  LoadTextModel() {
    initialize(gpt_.parameters(), gpt_.config(), /*seed=*/1);
    save_tokenizer(ByteTokenizer(), directory_.path());
  }

  // The model, as one of these sizes.
  void write_as(const ModelConfig& described) {
    const Parameters& parameters = gpt_.parameters();
    const std::vector<FlatTensor>& tensors = parameters.layout().tensors();
    PtDict model;
    std::vector<std::span<const std::byte>> storages;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const TensorSpec& spec = tensors[i].spec;
      model.set(spec.name, {row_major_tensor(std::to_string(i), PtDtype::float32, spec.shape)});
      const float* const first = parameters.values().const_data_ptr<float>() + tensors[i].offset;
      storages.push_back(
          std::as_bytes(std::span(first, static_cast<std::size_t>(tensors[i].elements))));
    }
    PtDict config;
    config.set("vocab_size", integer(described.vocab_size));
    config.set("n_layer", integer(described.n_layer));
    config.set("n_head", integer(described.n_head));
    config.set("n_embd", integer(described.n_embd));
    config.set("block_size", integer(described.block_size));
    PtDict root;
    root.set("model", {model});
    root.set("model_config", {config});
    write_pt_file(file_, {root}, storages);
  }

  std::string refusal() const {
    return message_of([&] { load_text_model(file_, /*threads=*/1); });
  }

  const TempDirectory directory_;
  const std::filesystem::path file_ = directory_ / "python.pt";
  Gpt gpt_{{.vocab_size = 256,
            .n_layer = 1,
            .n_head = 2,
            .n_embd = 16,
            .block_size = 8,
            .dropout = 0.0,
            .bias = true}};
};

TEST_F(LoadTextModel, TakesAFileOfPython) {
  write_as(gpt_.config());
  EXPECT_EQ(load_text_model(file_, /*threads=*/1)->parameters(),
            gpt_.parameters().layout().elements());
}

TEST_F(LoadTextModel, SizesThatNoModelHasAreRefused) {
  for (const std::int64_t heads : {0, -2}) {
    ModelConfig config = gpt_.config();
    config.n_head = heads;
    write_as(config);
    EXPECT_THAT(refusal(), HasSubstr("the model that it describes is impossible: model.n_head"));
  }
  ModelConfig config = gpt_.config();
  config.n_head = 3;
  write_as(config);
  EXPECT_THAT(refusal(), HasSubstr("a multiple of model.n_head, which is 3"));
  config = gpt_.config();
  config.n_layer = std::int64_t{1} << 40;
  write_as(config);
  EXPECT_THAT(refusal(), HasSubstr("model.n_layer"));
}

TEST_F(LoadTextModel, SizesOfAnotherModelAreRefusedBeforeThereIsMemoryForIt) {
  ModelConfig config = gpt_.config();
  config.vocab_size = 10'000'000;
  config.n_embd = 100'000;
  write_as(config);
  EXPECT_THAT(refusal(), HasSubstr("its tensors are not those of the model that it describes: "
                                   "transformer.wte.weight is [256, 16], the model's is "));
}

TEST_F(LoadTextModel, ADamagedFileWithoutDigestsIsRefused) {
  write_as(gpt_.config());
  // Well within the embedding, which is half of the file, after a pickle.
  flip_bit_at(file_, static_cast<std::int64_t>(std::filesystem::file_size(file_) / 4));
  EXPECT_THAT(refusal(), HasSubstr("CRC-32"));
}

}  // namespace
}  // namespace lockstep::test
