// SPDX-License-Identifier: Apache-2.0
#include "lanes/plain_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <mpi.h>

#include <algorithm>

namespace lockstep::bench {
namespace {

constexpr double kNormEps = 1e-6;
constexpr std::int64_t kPiece = std::int64_t{16} << 20;  // MPI counts in int

void sum_over_ranks(at::Tensor& flat) {
  auto* const values = flat.data_ptr<float>();
  for (std::int64_t first = 0; first < flat.numel(); first += kPiece) {
    const auto count = static_cast<int>(std::min(kPiece, flat.numel() - first));
    MPI_Allreduce(MPI_IN_PLACE, values + first, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  }
}

}  // namespace

PlainStep::PlainStep(Gpt& model, const OptimConfig& config, int world_size)
    : model_(model),
      config_(config),
      world_size_(world_size),
      exp_avg_(at::zeros_like(model.parameters().values())),
      exp_avg_sq_(at::zeros_like(exp_avg_)) {
  model.parameters().collect_gradients_in(at::zeros_like(exp_avg_));
}

void PlainStep::run(const Batch& batch, double targets) {
  at::Tensor& gradients = model_.parameters().gradients();
  gradients.zero_();
  (model_.loss_sum(batch.inputs_BT, batch.targets_BT, Mode::training) / targets).backward();
  if (world_size_ > 1) sum_over_ranks(gradients);
  clip();
  const at::NoGradGuard no_grad;
  const at::Tensor step = at::scalar_tensor(static_cast<double>(++steps_), at::kFloat);
  at::_fused_adamw_({model_.parameters().values()}, {gradients}, {exp_avg_}, {exp_avg_sq_}, {},
                    {step}, config_.learning_rate, config_.beta1, config_.beta2,
                    config_.weight_decay, config_.eps, /*amsgrad=*/false, /*maximize=*/false);
}

void PlainStep::clip() {
  const at::NoGradGuard no_grad;
  at::Tensor& gradients = model_.parameters().gradients();
  const double norm = gradients.norm().item<double>();
  const double scale = config_.clip_norm / (norm + kNormEps);
  if (scale < 1.0) gradients.mul_(scale);
}

}  // namespace lockstep::bench
