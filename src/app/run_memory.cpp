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

// Counted in doubles: the largest sizes that a configuration may have make more bytes than 64 bits
// can say. Below 2^53 they are exact.
constexpr double kFloat = sizeof(float);
constexpr double kMiB = 1 << 20;
constexpr double kMoments = 2;
constexpr double kArraysSaved = 3;
// No host has it. What is more is told as this, of which a host's ranks can be added up.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

struct Sizes {
  double parameters = 0;
  double owned = 0;    // of them
  double buffers = 0;  // for gradients
  double tokens = 0;   // of a lane
};

std::int64_t whole_bytes(double bytes) {
  return bytes < static_cast<double>(kMostBytes) ? static_cast<std::int64_t>(bytes) : kMostBytes;
}

Sizes sizes_of(const RunConfig& config, int world_size) {
  std::size_t buffers = 1;
  const std::int64_t lanes = resolved_lanes(config);
  const LanePlan plan{.batch_size = config.train.batch_size, .lanes = lanes};
  for (const std::vector<TreeNode>& nodes : nodes_of_ranks(plan, world_size))
    buffers = std::max(buffers, lane_fold(nodes).buffers);
  const std::int64_t parameters = parameter_count(config.model);
  const std::int64_t owned = (parameters + world_size - 1) / world_size;
  const std::int64_t tokens =
      (config.train.batch_size + lanes - 1) / lanes * config.model.block_size;
  return {.parameters = static_cast<double>(parameters),
          .owned = static_cast<double>(owned),
          .buffers = static_cast<double>(buffers),
          .tokens = static_cast<double>(tokens)};
}

// Parameters and gradients whole; its part of the moments, and of the copy for saving; what one
// lane keeps for its backward pass, and logits; as much as the head twice that is free and kept for
// the next step; the program itself.
double on_cpu(const RunConfig& config, int world_size) {
  constexpr double kActivationsPerWidth = 20;  // floats a block keeps, per token and width
  constexpr double kHeads = 2;
  constexpr double kLogits = 64 * kMiB;
  constexpr double kProgram = 150 * kMiB;
  const Sizes sizes = sizes_of(config, world_size);
  const auto width = static_cast<double>(config.model.n_embd);
  const double floats =
      sizes.parameters * (1 + sizes.buffers) + sizes.owned * (kMoments + kArraysSaved) +
      sizes.tokens * width * static_cast<double>(config.model.n_layer) * kActivationsPerWidth +
      kHeads * static_cast<double>(config.model.vocab_size) * width;
  return floats * kFloat + kLogits + kProgram;
}

// Where a GPU computes, the host has the state before it moves there, and the copy for saving.
double beside_a_gpu(const RunConfig& config, int world_size) {
  constexpr double kProgram = 1024 * kMiB;  // the libraries of CUDA above all
  const Sizes sizes = sizes_of(config, world_size);
  return (2 * sizes.parameters + sizes.owned * (kMoments + kArraysSaved)) * kFloat + kProgram;
}

// Parameters in float32, and once more as they are computed with; gradients, moments, of several
// ranks their part of the sum; what the lane keeps for its backward pass, what that has in hand,
// and its logits; CUDA itself. Of a lane whose gradients of parameters are computed beside it, a
// recorded graph holds until its end what the work beside it reads.
double on_gpu(const RunConfig& config, int world_size) {
  constexpr double kActivationsPerWidth = 16;  // elements a block keeps, per token and width
  constexpr double kInHandPerWidth = 12;
  constexpr double kBesidePerWidth = 4;  // of a block
  constexpr double kBeside = 384 * kMiB;
  constexpr double kContext = 1024 * kMiB;
  constexpr std::int64_t kPadding = 64;  // the vocabulary is rounded up to these
  const ModelConfig& model = config.model;
  const bool is_float =
      config.train.precision == Precision::fp32 || config.train.precision == Precision::tf32;
  const double element = is_float ? 4 : 2;
  const Sizes sizes = sizes_of(config, world_size);
  const std::int64_t vocabulary = (model.vocab_size + kPadding - 1) / kPadding * kPadding;
  const double state = sizes.parameters * (kFloat + (is_float ? 0 : element)) +
                       sizes.parameters * sizes.buffers * kFloat +
                       sizes.owned * (kMoments + (world_size > 1 ? 1 : 0)) * kFloat;
  const bool has_work_beside = sizes.tokens <= static_cast<double>(cuda::kMostRowsBeside);
  const double of_a_block = kActivationsPerWidth + (has_work_beside ? kBesidePerWidth : 0);
  const double of_a_token =
      static_cast<double>(model.n_embd) *
          (static_cast<double>(model.n_layer) * of_a_block + kInHandPerWidth) +
      static_cast<double>(vocabulary);
  return state + sizes.tokens * of_a_token * element + kContext + (has_work_beside ? kBeside : 0);
}

}  // namespace

RunMemory run_memory(const RunConfig& config, int world_size) {
  if (config.train.device == DeviceKind::cpu)
    return {.host_bytes = whole_bytes(on_cpu(config, world_size)), .gpu_bytes = 0};
  return {.host_bytes = whole_bytes(beside_a_gpu(config, world_size)),
          .gpu_bytes = whole_bytes(on_gpu(config, world_size))};
}

}  // namespace lockstep
