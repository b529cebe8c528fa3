// SPDX-License-Identifier: Apache-2.0
// What model/cuda/ takes from the libraries of a GPU, on the emulated one: by LibTorch's operations
// for processors.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "base/error.h"
#include "gpu/emulated/memory.h"
#include "gpu/emulated/streams.h"
#include "model/attention.h"
#include "model/cuda/attention_pass.h"
#include "model/cuda/beside.h"
#include "model/cuda/element.h"
#include "model/cuda/gradient_product.h"

namespace lockstep::cuda {
namespace {

namespace emulated = test::emulated;

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

// The same memory, which it does not keep: as a kernel has it.
at::Tensor alias_of(const at::Tensor& tensor) {
  return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), tensor.options());
}

emulated::Stream* stream_beside() {
  static emulated::Stream* const stream = emulated::new_stream();
  return stream;
}

}  // namespace

void gradient_product(const at::Tensor& left_NM, const at::Tensor& right_NK, at::Tensor place_MK) {
  emulated::start_on(
      emulated::current_stream(),
      [left = alias_of(left_NM), right = alias_of(right_NK), place = alias_of(place_MK)]() mutable {
        at::addmm_out(place, place, left.t().to(at::kFloat), right.to(at::kFloat), /*beta=*/0.0,
                      /*alpha=*/1.0);
      });
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
class Beside::Guard {
 public:
  emulated::OnStream stream{stream_beside()};
};
Beside::Beside(std::int64_t rows, std::initializer_list<at::Tensor> used) {
  if (rows > kMostRowsBeside) return;
  emulated::let_wait(stream_beside(), emulated::point_of(emulated::current_stream()));
  for (const at::Tensor& tensor : used)
    if (tensor.defined())
      emulated::keep_memory_for(stream_beside(), tensor.storage().data_ptr().get());
  guard_ = std::make_unique<Guard>();
}
Beside::~Beside() = default;
void wait_for_work_beside() { emulated::wait_here_for(emulated::point_of(stream_beside())); }

}  // namespace lockstep::cuda
