// SPDX-License-Identifier: Apache-2.0
#include "model/ops/dropout_attention.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "device/parallel_for.h"
#include "model/ops/attention_rows.h"
#include "model/ops/saved_dropout.h"

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Scores of so many rows, of a head of 512 positions, are 256 KiB.
constexpr std::int64_t kRowsOfBlock = 128;

std::int64_t rounded_up(std::int64_t count, std::int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

struct AttentionShape {
  std::int64_t B, T, C, heads;
  std::int64_t head_width() const { return C / heads; }
  float scale() const { return 1.0F / std::sqrt(static_cast<float>(head_width())); }
  // Of a row of scores: whole groups of random numbers.
  std::int64_t row_width() const { return rounded_up(T, kDropoutGroup); }
};

// One head of one sequence.
struct Head {
  std::int64_t index;           // of B x heads
  at::Tensor Q_Td, K_Td, V_Td;  // views
};

// A head's tensors in one of [B, T, n x C].
at::Tensor view_of_head(const at::Tensor& tensor, const AttentionShape& shape, std::int64_t index,
                        std::int64_t part) {
  const std::int64_t width = shape.head_width();
  return tensor.select(0, index / shape.heads)
      .narrow(1, part * shape.C + index % shape.heads * width, width);
}

Head head_of(const at::Tensor& qkv, const AttentionShape& shape, std::int64_t index) {
  return {.index = index,
          .Q_Td = view_of_head(qkv, shape, index, 0),
          .K_Td = view_of_head(qkv, shape, index, 1),
          .V_Td = view_of_head(qkv, shape, index, 2)};
}

// Rows [first, first + count) of a head, against the columns before `last`.
struct Block {
  std::int64_t first, count;
  std::int64_t last() const { return first + count; }
};

Block block_at(const AttentionShape& shape, std::int64_t block) {
  const std::int64_t first = block * kRowsOfBlock;
  return {first, std::min(kRowsOfBlock, shape.T - first)};
}

std::int64_t blocks_of(const AttentionShape& shape) {
  return (shape.T + kRowsOfBlock - 1) / kRowsOfBlock;
}

// Memory for one block; each thread has its own.
class Scratch {
 public:
  explicit Scratch(const AttentionShape& shape)
      : width_(shape.row_width()),
        scores_(at::empty({kRowsOfBlock, width_}, at::kFloat)),
        gradients_(at::empty({kRowsOfBlock, width_}, at::kFloat)),
        factors_(static_cast<std::size_t>(width_)) {}

  at::Tensor scores(const Block& block) const { return part_of(scores_, block); }
  at::Tensor gradients(const Block& block) const { return part_of(gradients_, block); }
  float* scores_row(std::int64_t row) const { return scores_.data_ptr<float>() + row * width_; }
  float* gradients_row(std::int64_t row) const {
    return gradients_.data_ptr<float>() + row * width_;
  }
  // Those of a row of the head, for the columns before `last`.
  const float* factors(const Dropout& dropout, const AttentionShape& shape, const Head& head,
                       std::int64_t row, std::int64_t last) {
    dropout_factors(dropout, static_cast<std::uint32_t>(head.index * shape.T + row), 0,
                    rounded_up(last, kDropoutGroup) / kDropoutGroup, factors_.data());
    return factors_.data();
  }

 private:
  static at::Tensor part_of(const at::Tensor& tensor, const Block& block) {
    return tensor.narrow(0, 0, block.count).narrow(1, 0, block.last());
  }

  std::int64_t width_;
  at::Tensor scores_, gradients_;
  std::vector<float> factors_;
};

// work(head, scratch) for all heads, each in one thread.
template <class Work>
void for_each_head(const at::Tensor& qkv, const AttentionShape& shape, const Work& work) {
  parallel_for(0, shape.B * shape.heads, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::AutoDispatchBelowADInplaceOrView no_graph;
    Scratch scratch(shape);
    for (std::int64_t index = begin; index < end; ++index)
      work(head_of(qkv, shape, index), scratch);
  });
}

void store_product(const at::Tensor& left, const at::Tensor& right, at::Tensor result) {
  at::mm_out(result, left, right);
}

void forward_of_head(const Head& head, const AttentionShape& shape, const Dropout& dropout,
                     Scratch& scratch, const at::Tensor& result_Td, float* log_sums) {
  for (std::int64_t i = 0; i < blocks_of(shape); ++i) {
    const Block block = block_at(shape, i);
    const std::int64_t width = rounded_up(block.last(), kAttentionLanes);
    store_product(head.Q_Td.narrow(0, block.first, block.count),
                  head.K_Td.narrow(0, 0, block.last()).t(), scratch.scores(block));
    for (std::int64_t r = 0; r < block.count; ++r) {
      const std::int64_t row = block.first + r;
      float* const scores = scratch.scores_row(r);
      log_sums[row] = softmax_row(scores, row + 1, width, shape.scale());
      multiply_row(scores, scratch.factors(dropout, shape, head, row, row + 1), row + 1);
    }
    store_product(scratch.scores(block), head.V_Td.narrow(0, 0, block.last()),
                  result_Td.narrow(0, block.first, block.count));
  }
}

struct HeadGradients {
  at::Tensor result_Td;         // upstream
  at::Tensor Q_Td, K_Td, V_Td;  // views, written
};

// Adds to the gradient of keys or values, or begins it.
void add_product(const at::Tensor& left, const at::Tensor& right, at::Tensor sum, bool is_first) {
  if (is_first)
    at::mm_out(sum, left, right);
  else
    at::addmm_out(sum, sum, left, right);
}

// The last block of rows comes first: it alone has all columns, and nothing needs to be zero
// before.
void backward_of_head(const Head& head, const AttentionShape& shape, const Dropout& dropout,
                      Scratch& scratch, const HeadGradients& gradients, const float* log_sums,
                      const float* means) {
  for (std::int64_t i = blocks_of(shape) - 1; i >= 0; --i) {
    const Block block = block_at(shape, i);
    const bool is_first = i == blocks_of(shape) - 1;
    const std::int64_t width = rounded_up(block.last(), kAttentionLanes);
    const at::Tensor Q = head.Q_Td.narrow(0, block.first, block.count);
    const at::Tensor K = head.K_Td.narrow(0, 0, block.last());
    const at::Tensor V = head.V_Td.narrow(0, 0, block.last());
    const at::Tensor upstream = gradients.result_Td.narrow(0, block.first, block.count);
    const at::Tensor scores = scratch.scores(block);
    const at::Tensor of_scores = scratch.gradients(block);
    store_product(Q, K.t(), scores);
    store_product(upstream, V.t(), of_scores);
    for (std::int64_t r = 0; r < block.count; ++r) {
      const std::int64_t row = block.first + r;
      float* const probabilities = scratch.scores_row(r);
      softmax_row_again(probabilities, row + 1, width, shape.scale(), log_sums[row]);
      const float* const factors = scratch.factors(dropout, shape, head, row, block.last());
      scores_gradient_row(scratch.gradients_row(r), probabilities, factors, block.last(),
                          means[row], shape.scale());
      multiply_row(probabilities, factors, row + 1);
    }
    add_product(scores.t(), upstream, gradients.V_Td.narrow(0, 0, block.last()), is_first);
    add_product(of_scores.t(), Q, gradients.K_Td.narrow(0, 0, block.last()), is_first);
    store_product(of_scores, K, gradients.Q_Td.narrow(0, block.first, block.count));
  }
}

class DropoutAttention : public torch::autograd::Function<DropoutAttention> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv_given,
                            std::int64_t heads, const Dropout& dropout) {
    const at::Tensor qkv = qkv_given.contiguous();
    const AttentionShape shape = shape_of(qkv, heads);
    at::Tensor result = at::empty({shape.B, shape.T, shape.C}, qkv.options());
    at::Tensor log_sums = at::empty({shape.B * heads, shape.T}, qkv.options());
    for_each_head(qkv, shape, [&](const Head& head, Scratch& scratch) {
      forward_of_head(head, shape, dropout, scratch, view_of_head(result, shape, head.index, 0),
                      log_sums.data_ptr<float>() + head.index * shape.T);
    });
    context->save_for_backward({qkv, result, log_sums});
    context->saved_data["heads"] = heads;
    save_dropout(dropout, *context);
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& upstreams) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& qkv = saved[0];
    const at::Tensor& result = saved[1];
    const AttentionShape shape = shape_of(qkv, context->saved_data["heads"].toInt());
    const Dropout dropout = saved_dropout(*context);
    const at::Tensor upstream = upstreams[0].contiguous();
    const auto* const log_sums = saved[2].const_data_ptr<float>();
    at::Tensor grad_qkv = at::empty_like(qkv);
    for_each_head(qkv, shape, [&](const Head& head, Scratch& scratch) {
      const HeadGradients gradients{.result_Td = view_of_head(upstream, shape, head.index, 0),
                                    .Q_Td = view_of_head(grad_qkv, shape, head.index, 0),
                                    .K_Td = view_of_head(grad_qkv, shape, head.index, 1),
                                    .V_Td = view_of_head(grad_qkv, shape, head.index, 2)};
      const std::vector<float> means =
          dot_rows(gradients.result_Td, view_of_head(result, shape, head.index, 0));
      backward_of_head(head, shape, dropout, scratch, gradients, log_sums + head.index * shape.T,
                       means.data());
    });
    return {grad_qkv, at::Tensor(), at::Tensor()};
  }

 private:
  static AttentionShape shape_of(const at::Tensor& qkv, std::int64_t heads) {
    return {.B = qkv.size(0), .T = qkv.size(1), .C = qkv.size(2) / 3, .heads = heads};
  }

  // What the gradients of a row's probabilities are on average, weighted by these: row by row the
  // product of the result and its gradient.
  static std::vector<float> dot_rows(const at::Tensor& a_Td, const at::Tensor& b_Td) {
    std::vector<float> dots(static_cast<std::size_t>(a_Td.size(0)));
    const auto* a = a_Td.const_data_ptr<float>();
    const auto* b = b_Td.const_data_ptr<float>();
    for (float& dot : dots) {
      dot = dot_row(a, b, a_Td.size(1));
      a += a_Td.stride(0);
      b += b_Td.stride(0);
    }
    return dots;
  }
};

}  // namespace

at::Tensor dropout_attention(const at::Tensor& qkv, std::int64_t heads, const Dropout& dropout) {
  return DropoutAttention::apply(qkv, heads, dropout);
}

}  // namespace lockstep
