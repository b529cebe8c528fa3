// SPDX-License-Identifier: Apache-2.0
// What model/cuda/ takes from the libraries of a GPU, on the emulated one: by LibTorch's operations
// for processors.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "base/error.h"
#include "model/attention.h"
#include "model/cuda/attention_pass.h"
#include "model/cuda/beside.h"
#include "model/cuda/gradient_product.h"

namespace lockstep::cuda {
namespace {

// Without dropout.
class PlainPass : public AttentionPass {
 public:
  explicit PlainPass(std::int64_t heads) : heads_(heads) {}

  at::Tensor forward(const at::Tensor& qkv, bool has_backward) override {
    const at::AutoGradMode mode(has_backward);
    for (const at::Tensor& part : qkv.split(qkv.size(2) / 3, 2))
      parts_.push_back(by_head(part, heads_).detach().requires_grad_(has_backward));
    result_ = joined_heads(at::scaled_dot_product_attention(parts_[0], parts_[1], parts_[2], {},
                                                            0.0, /*is_causal=*/true));
    return result_.detach().contiguous();
  }

  ProjectionGradient backward(const at::Tensor& grad_BTC) override {
    const at::AutoGradMode mode(true);
    result_.backward(grad_BTC);
    return joined_gradient(parts_[0].grad(), parts_[1].grad(), parts_[2].grad());
  }

 private:
  const std::int64_t heads_;
  std::vector<at::Tensor> parts_;
  at::Tensor result_;
};

}  // namespace

void gradient_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor place_MK) {
  at::addmm_out(place_MK, place_MK, left_NM.t().to(at::kFloat), right_NK.to(at::kFloat),
                /*beta=*/0.0, /*alpha=*/1.0);
}

bool has_flash_attention(std::int64_t) { return true; }
std::unique_ptr<AttentionPass> new_flash_pass(std::int64_t heads, double) {
  return std::make_unique<PlainPass>(heads);
}
void seed_library_dropout(const c10::Device&, std::uint64_t seed) { at::manual_seed(seed); }

bool has_cudnn_attention(std::int64_t, std::int64_t) { return false; }
std::unique_ptr<CudnnAttention> make_cudnn_attention(const c10::Device&, bool) {
  throw Error(ErrorKind::internal, "the emulated GPU has no cuDNN");
}

void enter_gpu() {}
class Beside::Guard {};
Beside::Beside(std::int64_t, std::initializer_list<at::Tensor>) {}
Beside::~Beside() = default;
void wait_for_work_beside() {}

}  // namespace lockstep::cuda
