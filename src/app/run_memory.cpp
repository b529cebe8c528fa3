// SPDX-License-Identifier: Apache-2.0
#include "app/run_memory.h"

#include <algorithm>
#include <vector>

#include "config/presets.h"
#include "config/problems.h"
#include "lanes/lane_tree.h"
#include "model/cuda/element.h"

namespace lockstep {
namespace {

constexpr std::int64_t kFloat = sizeof(float);
constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kMoments = 2;
constexpr std::int64_t kArraysSaved = 3;

struct Sizes {
  std::int64_t parameters = 0;
  std::int64_t owned = 0;    // of them
  std::int64_t buffers = 0;  // for gradients
  std::int64_t tokens = 0;   // of a lane
};

Sizes sizes_of(const RunConfig& config, int world_size) {
  std::size_t buffers = 1;
  const std::int64_t lanes = resolved_lanes(config);
  const LanePlan plan{.batch_size = config.train.batch_size, .lanes = lanes};
  for (const std::vector<TreeNode>& nodes : nodes_of_ranks(plan, world_size))
    buffers = std::max(buffers, lane_fold(nodes).buffers);
  const std::int64_t parameters = parameter_count(config.model);
  return {.parameters = parameters,
          .owned = (parameters + world_size - 1) / world_size,
          .buffers = static_cast<std::int64_t>(buffers),
          .tokens = (config.train.batch_size + lanes - 1) / lanes * config.model.block_size};
}

// Parameters and gradients whole; its part of the moments, and of the copy for saving; what one
// lane keeps for its backward pass, and logits; as much as the head twice that is free and kept for
// the next step; the program itself.
std::int64_t on_cpu(const RunConfig& config, int world_size) {
  constexpr std::int64_t kActivationsPerWidth = 20;  // floats a block keeps, per token and width
  constexpr std::int64_t kHeads = 2;
  constexpr std::int64_t kLogits = 64 * kMiB;
  constexpr std::int64_t kProgram = 150 * kMiB;
  const ModelConfig& model = config.model;
  const Sizes sizes = sizes_of(config, world_size);
  const std::int64_t floats = sizes.parameters * (1 + sizes.buffers) +
                              sizes.owned * (kMoments + kArraysSaved) +
                              sizes.tokens * model.n_embd * model.n_layer * kActivationsPerWidth +
                              kHeads * model.vocab_size * model.n_embd;
  return floats * kFloat + kLogits + kProgram;
}

// Where a GPU computes, the host has the state before it moves there, and the copy for saving.
std::int64_t beside_a_gpu(const RunConfig& config, int world_size) {
  constexpr std::int64_t kProgram = 1024 * kMiB;  // the libraries of CUDA above all
  const Sizes sizes = sizes_of(config, world_size);
  return (2 * sizes.parameters + sizes.owned * (kMoments + kArraysSaved)) * kFloat + kProgram;
}

// Parameters in float32, and once more as they are computed with; gradients, moments; what the
// lane keeps for its backward pass, what that has in hand, and its logits; CUDA itself. Of a lane
// whose gradients of parameters are computed beside it, a recorded graph holds until its end what
// the work beside it reads.
std::int64_t on_gpu(const RunConfig& config, int world_size) {
  constexpr std::int64_t kActivationsPerWidth = 16;  // elements a block keeps, per token and width
  constexpr std::int64_t kInHandPerWidth = 12;
  constexpr std::int64_t kBesidePerWidth = 4;  // of a block
  constexpr std::int64_t kBeside = 384 * kMiB;
  constexpr std::int64_t kContext = 1024 * kMiB;
  constexpr std::int64_t kPadding = 64;  // the vocabulary is rounded up to these
  const ModelConfig& model = config.model;
  const bool is_float =
      config.train.precision == Precision::fp32 || config.train.precision == Precision::tf32;
  const std::int64_t element = is_float ? 4 : 2;
  const Sizes sizes = sizes_of(config, world_size);
  const std::int64_t vocabulary = (model.vocab_size + kPadding - 1) / kPadding * kPadding;
  const std::int64_t state = sizes.parameters * (kFloat + (is_float ? 0 : element)) +
                             sizes.parameters * sizes.buffers * kFloat +
                             sizes.owned * kMoments * kFloat;
  const bool has_work_beside = sizes.tokens <= cuda::kMostRowsBeside;
  const std::int64_t of_a_block = kActivationsPerWidth + (has_work_beside ? kBesidePerWidth : 0);
  const std::int64_t of_a_token =
      model.n_embd * (model.n_layer * of_a_block + kInHandPerWidth) + vocabulary;
  return state + sizes.tokens * of_a_token * element + kContext + (has_work_beside ? kBeside : 0);
}

}  // namespace

RunMemory run_memory(const RunConfig& config, int world_size) {
  if (config.train.device == DeviceKind::cpu)
    return {.host_bytes = on_cpu(config, world_size), .gpu_bytes = 0};
  return {.host_bytes = beside_a_gpu(config, world_size), .gpu_bytes = on_gpu(config, world_size)};
}

}  // namespace lockstep
