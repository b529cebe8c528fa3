// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "base/sentence.h"
#include "model/attention.h"
#include "model/cuda/attention_node.h"
#include "model/cuda/attention_pass.h"
#include "model/cuda/cross_entropy_node.h"
#include "model/cuda/embedding_node.h"
#include "model/cuda/gelu_node.h"
#include "model/cuda/linear_node.h"
#include "model/cuda/residual_node.h"
#include "model/cuda/residual_norm.h"
#include "model/cuda/tensors.h"
#include "model/operations.h"

namespace lockstep {
namespace {

// cuDNN's attention where open_gpu() has found it to be the best.
bool may_use_cudnn(const Placement& placement) {
  return placement.compute == at::kBFloat16 && at::globalContext().userEnabledCuDNNSDP();
}

class CudaOperations : public TrainingOperations {
 public:
  explicit CudaOperations(const Placement& placement)
      : placement_(placement),
        key_(at::zeros({1}, at::TensorOptions().device(placement.device).dtype(at::kLong))) {
    if (may_use_cudnn(placement))
      cudnn_ = cuda::make_cudnn_attention(placement.device,
                                          at::globalContext().deterministicAlgorithms());
  }

  void key_dropout(std::uint64_t key) override {
    key_.fill_(static_cast<std::int64_t>(key));
    if (cudnn_) cudnn_->key_dropout(key);
    // LibTorch's attention drops by its own generator, which is Philox as ours is, but counts other
    // things: with the same key some of its numbers would be some of ours.
    cuda::seed_library_dropout(placement_.device, mix_bits(key));
  }

  // The first operation of a forward pass: the places that drop are counted from here on.
  at::Tensor embedding(const at::Tensor& ids_BT, const Parameter& token_weight,
                       const Parameter& position_weight, double dropout) override {
    next_site_ = 0;
    return cuda::embedding(ids_BT, token_weight, position_weight, next_dropout(dropout),
                           placement_.compute);
  }

  at::Tensor layer_norm(const at::Tensor& x_BTC, const LayerNorm& norm) override {
    return cuda::residual_layer_norm(x_BTC, {}, {}, norm, {}).normal_BTC;
  }

  at::Tensor gelu_of_linear(const at::Tensor& x_BTC, const Linear& linear, GeluKind kind) override {
    return cuda::gelu(cuda::product(x_BTC, linear.weight), linear.bias, kind);
  }

  at::Tensor attention(const at::Tensor& x_BTC, const Linear& linear, std::int64_t heads,
                       double dropout) override {
    if (std::unique_ptr<cuda::AttentionPass> pass =
            attention_pass(x_BTC.size(1), heads, x_BTC.size(2) / heads, dropout))
      return cuda::attention(x_BTC, linear, std::move(pass));
    return causal_attention(cuda::linear(x_BTC, linear), heads, dropout);
  }

  Residual add_linear(const at::Tensor& x_BTC, const at::Tensor& branch, const Linear& linear,
                      const LayerNorm& norm, double dropout) override {
    return cuda::residual_layer_norm(x_BTC, cuda::product(branch, linear.weight), linear.bias, norm,
                                     next_dropout(dropout));
  }

  at::Tensor cross_entropy(const at::Tensor& hidden_NC, const Parameter& weight,
                           const at::Tensor& targets_N, double divisor) override {
    return cuda::cross_entropy(hidden_NC, weight, targets_N, divisor);
  }

  void await_gradients() override { cuda::wait_for_work_beside(); }

 private:
  // Null: LibTorch chooses.
  std::unique_ptr<cuda::AttentionPass> attention_pass(std::int64_t tokens, std::int64_t heads,
                                                      std::int64_t head_width, double dropout) {
    if (cudnn_ && cuda::has_cudnn_attention(tokens, head_width))
      return cudnn_->new_pass(heads, dropout, next_site_++);
    const bool is_exact = at::globalContext().deterministicAlgorithms();
    if (is_exact && placement_.compute == at::kBFloat16 && cuda::has_flash_attention(head_width))
      return cuda::new_flash_pass(heads, dropout);
    return nullptr;
  }

  cuda::Dropout next_dropout(double probability) {
    return {.probability = probability,
            .key = reinterpret_cast<const std::uint64_t*>(key_.const_data_ptr<std::int64_t>()),
            .site = next_site_++};
  }

  const Placement placement_;
  std::unique_ptr<cuda::CudnnAttention> cudnn_;  // null: not here
  at::Tensor key_;  // int64 [1], on the device: a recorded graph reads it anew
  std::uint32_t next_site_ = 0;
};

}  // namespace

std::unique_ptr<TrainingOperations> make_cuda_operations(const Placement& placement,
                                                         std::int64_t width) {
  if (width % cuda::kVector != 0 || width > cuda::kWidestNorm)
    throw Error(ErrorKind::usage,
                sentence("computing on a GPU: model.n_embd is {0}; there it must be a multiple of "
                         "{1}, and at most {2}",
                         {width, cuda::kVector, cuda::kWidestNorm}));
  return std::make_unique<CudaOperations>(placement);
}

std::string cuda_attention_name(const Placement& placement, const ModelConfig& config) {
  const std::int64_t head_width = config.n_embd / config.n_head;
  if (may_use_cudnn(placement) && cuda::has_cudnn_attention(config.block_size, head_width))
    return "cudnn";
  const bool has_flash =
      placement.compute == at::kBFloat16 && cuda::has_flash_attention(head_width);
  return has_flash ? "flash" : "memory-efficient";
}

}  // namespace lockstep
