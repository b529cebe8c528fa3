// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/cudnn/Handle.h>
#include <cudnn_frontend.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/sentence.h"
#include "model/cuda/attention_pass.h"

namespace lockstep::cuda {
namespace {

namespace fe = cudnn_frontend;
using fe::graph::Graph;
using fe::graph::Tensor_attributes;
using TensorOfGraph = std::shared_ptr<Tensor_attributes>;

constexpr std::int64_t kSeeds = 4096;                                       // places that may drop
constexpr auto kSeedStep = static_cast<std::int64_t>(0x9E3779B97F4A7C15U);  // from seed to seed

void check(fe::error_t error) {
  if (error.is_bad())
    throw Error(ErrorKind::usage,
                sentence("computing attention with cuDNN: {0}; --precision fp32 does without it",
                         {error.get_message()}));
}

// Names of the tensors of a graph.
enum Name : std::int64_t {
  queries = 1,
  keys,
  values,
  mixed,
  statistics,
  seed,
  offset,
  grad_mixed,
  grad_queries,
  grad_keys,
  grad_values
};

struct Shape {
  std::int64_t B = 0, T = 0, C = 0, heads = 0;
  double dropout = 0.0;
  bool has_backward = false;
  auto as_tuple() const { return std::tie(B, T, C, heads, dropout, has_backward); }
  bool operator<(const Shape& other) const { return as_tuple() < other.as_tuple(); }

  std::int64_t head_width() const { return C / heads; }
  std::vector<std::int64_t> by_head() const { return {B, heads, T, head_width()}; }
  // Of [B, T, parts x C] seen by head.
  std::vector<std::int64_t> strides(std::int64_t parts) const {
    return {T * parts * C, head_width(), parts * C, 1};
  }
  float scale() const {
    return static_cast<float>(1.0 / std::sqrt(static_cast<double>(head_width())));
  }
};

// A graph of cuDNN that is ready to run.
class Plan {
 public:
  Plan() {
    graph_.set_io_data_type(fe::DataType_t::BFLOAT16)
        .set_intermediate_data_type(fe::DataType_t::FLOAT)
        .set_compute_data_type(fe::DataType_t::FLOAT);
  }

  TensorOfGraph input(Name name, const Shape& shape, std::int64_t parts) {
    return graph_.tensor(Tensor_attributes()
                             .set_uid(name)
                             .set_dim(shape.by_head())
                             .set_stride(shape.strides(parts)));
  }
  // Of float32 for each row: what the softmax of the forward pass has found.
  TensorOfGraph row_statistics(const Shape& shape) {
    return describe_rows(graph_.tensor(Tensor_attributes()), shape);
  }
  static TensorOfGraph describe_rows(TensorOfGraph tensor, const Shape& shape) {
    tensor->set_uid(statistics)
        .set_dim({shape.B, shape.heads, shape.T, 1})
        .set_stride({shape.heads * shape.T, shape.T, 1, 1})
        .set_data_type(fe::DataType_t::FLOAT);
    return tensor;
  }
  TensorOfGraph number(Name name) {
    return graph_.tensor(Tensor_attributes()
                             .set_uid(name)
                             .set_dim({1, 1, 1, 1})
                             .set_stride({1, 1, 1, 1})
                             .set_data_type(fe::DataType_t::INT64));
  }
  static void output(const TensorOfGraph& tensor, Name name, const Shape& shape,
                     std::int64_t parts) {
    tensor->set_output(true)
        .set_uid(name)
        .set_dim(shape.by_head())
        .set_stride(shape.strides(parts));
  }
  Graph& graph() { return graph_; }

  void build() {
    check(graph_.build(at::native::getCudnnHandle(), {fe::HeurMode_t::A}));
    check(graph_.get_workspace_size(workspace_bytes_));
  }

  void run(std::unordered_map<std::int64_t, void*> places, const at::TensorOptions& here) {
    const at::Tensor workspace = at::empty({workspace_bytes_}, here.dtype(at::kByte));
    check(graph_.execute(at::native::getCudnnHandle(), places, workspace.data_ptr()));
  }

 private:
  Graph graph_;
  std::int64_t workspace_bytes_ = 0;
};

std::unique_ptr<Plan> forward_plan(const Shape& shape) {
  auto plan = std::make_unique<Plan>();
  auto attributes = fe::graph::SDPA_attributes()
                        .set_generate_stats(shape.has_backward)
                        .set_causal_mask(true)
                        .set_attn_scale(shape.scale());
  if (shape.dropout > 0.0)
    attributes.set_dropout(static_cast<float>(shape.dropout), plan->number(seed),
                           plan->number(offset));
  const auto [result, rows] =
      plan->graph().sdpa(plan->input(queries, shape, 3), plan->input(keys, shape, 3),
                         plan->input(values, shape, 3), attributes);
  Plan::output(result, mixed, shape, 1);
  if (shape.has_backward) Plan::describe_rows(rows, shape)->set_output(true);
  plan->build();
  return plan;
}

std::unique_ptr<Plan> backward_plan(const Shape& shape, bool is_exact) {
  auto plan = std::make_unique<Plan>();
  auto attributes = fe::graph::SDPA_backward_attributes()
                        .set_causal_mask(true)
                        .set_attn_scale(shape.scale())
                        .set_deterministic_algorithm(is_exact);
  if (shape.dropout > 0.0)
    attributes.set_dropout(static_cast<float>(shape.dropout), plan->number(seed),
                           plan->number(offset));
  const auto [of_queries, of_keys, of_values] = plan->graph().sdpa_backward(
      plan->input(queries, shape, 3), plan->input(keys, shape, 3), plan->input(values, shape, 3),
      plan->input(mixed, shape, 1), plan->input(grad_mixed, shape, 1), plan->row_statistics(shape),
      attributes);
  Plan::output(of_queries, grad_queries, shape, 3);
  Plan::output(of_keys, grad_keys, shape, 3);
  Plan::output(of_values, grad_values, shape, 3);
  plan->build();
  return plan;
}

class Plans {
 public:
  explicit Plans(bool is_exact) : is_exact_(is_exact) {}
  Plan& forward(const Shape& shape) {
    std::unique_ptr<Plan>& plan = forward_[shape];
    if (!plan) plan = forward_plan(shape);
    return *plan;
  }
  Plan& backward(const Shape& shape) {
    std::unique_ptr<Plan>& plan = backward_[shape];
    if (!plan) plan = backward_plan(shape, is_exact_);
    return *plan;
  }

 private:
  const bool is_exact_;
  std::map<Shape, std::unique_ptr<Plan>> forward_, backward_;
};

// The thirds of [..., 3C], as places.
void* third(const at::Tensor& tensor, std::int64_t index) {
  auto* const start = static_cast<char*>(tensor.data_ptr());
  return start + index * (tensor.size(-1) / 3) * static_cast<std::int64_t>(tensor.element_size());
}

class CudnnPass : public AttentionPass {
 public:
  CudnnPass(Plans& plans, std::int64_t heads, double dropout, at::Tensor seed_and_offset)
      : plans_(plans), seed_and_offset_(std::move(seed_and_offset)) {
    shape_.heads = heads;
    shape_.dropout = dropout;
  }

  at::Tensor forward(const at::Tensor& qkv, bool has_backward) override {
    shape_.B = qkv.size(0);
    shape_.T = qkv.size(1);
    shape_.C = qkv.size(2) / 3;
    shape_.has_backward = has_backward;
    qkv_ = qkv;
    mixed_ = at::empty({shape_.B, shape_.T, shape_.C}, qkv.options());
    rows_ = at::empty({shape_.B, shape_.heads, shape_.T}, qkv.options().dtype(at::kFloat));
    plans_.forward(shape_).run(places(), qkv.options());
    return mixed_;
  }

  ProjectionGradient backward(const at::Tensor& grad_BTC) override {
    const at::Tensor grad = at::empty({shape_.B * shape_.T, 3 * shape_.C}, grad_BTC.options());
    std::unordered_map<std::int64_t, void*> all = places();
    all[grad_mixed] = grad_BTC.data_ptr();
    all[grad_queries] = third(grad, 0);
    all[grad_keys] = third(grad, 1);
    all[grad_values] = third(grad, 2);
    plans_.backward(shape_).run(std::move(all), grad_BTC.options());
    return {.grad = grad, .groups = {}};
  }

 private:
  std::unordered_map<std::int64_t, void*> places() const {
    std::unordered_map<std::int64_t, void*> all = {{queries, third(qkv_, 0)},
                                                   {keys, third(qkv_, 1)},
                                                   {values, third(qkv_, 2)},
                                                   {mixed, mixed_.data_ptr()}};
    if (shape_.has_backward) all[statistics] = rows_.data_ptr();
    if (shape_.dropout > 0.0) {
      all[seed] = seed_and_offset_.data_ptr();
      all[offset] = seed_and_offset_.data_ptr<std::int64_t>() + 1;
    }
    return all;
  }

  Plans& plans_;
  Shape shape_;
  const at::Tensor seed_and_offset_;
  at::Tensor qkv_, mixed_, rows_;
};

class CudnnAttentions : public CudnnAttention {
 public:
  CudnnAttentions(const at::Device& device, bool is_exact)
      : plans_(is_exact),
        steps_(at::arange(kSeeds, at::TensorOptions(at::kLong).device(device)) * kSeedStep),
        seeds_(at::zeros({kSeeds, 2}, steps_.options())) {}

  void key_dropout(std::uint64_t key) override {
    at::Tensor seeds = seeds_.select(1, 0);
    at::add_out(seeds, steps_, at::Scalar(static_cast<std::int64_t>(key)));
  }

  std::unique_ptr<AttentionPass> new_pass(std::int64_t heads, double dropout,
                                          std::uint32_t site) override {
    if (site >= kSeeds)
      throw Error(
          ErrorKind::usage,
          sentence("computing attention with cuDNN: the model has more than {0} places that drop",
                   {kSeeds}));
    return std::make_unique<CudnnPass>(plans_, heads, dropout, seeds_[site]);
  }

 private:
  Plans plans_;
  const at::Tensor steps_;
  // A seed for each place, and an offset of 0. On the device: a recorded graph reads them anew.
  at::Tensor seeds_;
};

}  // namespace

bool has_cudnn_attention(std::int64_t tokens, std::int64_t head_width) {
  constexpr std::int64_t kTokensOfTiles = 512;  // a multiple of the tiles of any kernel
  constexpr std::int64_t kWidest = 128;
  constexpr std::int64_t kGrain = 8;
  return tokens % kTokensOfTiles == 0 && head_width % kGrain == 0 && head_width <= kWidest;
}

std::unique_ptr<CudnnAttention> make_cudnn_attention(const at::Device& device, bool is_exact) {
  return std::make_unique<CudnnAttentions>(device, is_exact);
}

}  // namespace lockstep::cuda
