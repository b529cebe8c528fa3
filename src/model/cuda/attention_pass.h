// SPDX-License-Identifier: Apache-2.0
// Causal self-attention itself, without the linear maps around it, by one of two libraries.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace lockstep::cuda {

// The gradient of queries, keys and values, [B x T, 3C], and its sums over groups of rows
// (column_sum.h) where they fell out; else undefined.
struct ProjectionGradient {
  at::Tensor grad, groups;
};

// Forward once and backward at most once, over the same tokens.
class AttentionPass {
 public:
  virtual ~AttentionPass() = default;
  // [B, T, C], over queries, keys and values [B, T, 3C]. Keeps what backward() needs if
  // `has_backward`.
  virtual at::Tensor forward(const at::Tensor& qkv, bool has_backward) = 0;
  virtual ProjectionGradient backward(const at::Tensor& grad_BTC) = 0;
};

// From the gradients of queries, keys and values [B, heads, T, head width].
ProjectionGradient joined_gradient(const at::Tensor& queries, const at::Tensor& keys,
                                   const at::Tensor& values);

// FlashAttention-2 (Dao 2023) as LibTorch has it, for bfloat16. With deterministic algorithms its
// gradients always have the same bits. Drops by LibTorch's generator.
bool has_flash_attention(std::int64_t head_width);
std::unique_ptr<AttentionPass> new_flash_pass(std::int64_t heads, double dropout);
// Makes the random numbers of LibTorch's attention, whichever it is, those of `seed`.
void seed_library_dropout(const c10::Device& device, std::uint64_t seed);

// cuDNN's attention, for bfloat16: the fastest on Hopper, also where its gradients are to have the
// same bits each time (is_exact). A plan is made for each shape when it first comes. Of cuDNN 9.19
// with short or odd contexts, the exact backward pass was seen to write past the workspace that it
// asks for, so only those count that its tiles divide.
// THREADS: the one that computes, and the one that runs its backward passes.
class CudnnAttention {
 public:
  virtual ~CudnnAttention() = default;
  // Makes the random numbers of the passes that follow those of `key`.
  virtual void key_dropout(std::uint64_t key) = 0;
  // For one place of the model: each drops others. A pass must not outlive this. Its forward()
  // throws Error(usage) if cuDNN cannot do it.
  virtual std::unique_ptr<AttentionPass> new_pass(std::int64_t heads, double dropout,
                                                  std::uint32_t site) = 0;
};
bool has_cudnn_attention(std::int64_t tokens, std::int64_t head_width);
std::unique_ptr<CudnnAttention> make_cudnn_attention(const c10::Device& device, bool is_exact);

}  // namespace lockstep::cuda
