// SPDX-License-Identifier: Apache-2.0
#include "train/removal.h"

#include <string>
#include <utility>

#include "base/log.h"
#include "base/sentence.h"
#include "train/phase.h"

namespace lockstep {
namespace {

constexpr std::chrono::seconds kNow{0};

}  // namespace

Removal::Removal(World& world, const CheckpointConfig& config) : world_(world), config_(config) {}

Removal::~Removal() {
  if (worker_ && !worker_->is_idle()) worker_->leave();
}

void Removal::start(HeldFiles files) {
  stage_ = Stage::freeing;
  patience_ = Patience(deadline());
  if (files.empty()) return;
  if (!worker_) worker_ = std::make_unique<Worker>();
  freed_ =
      worker_->start([held = std::make_shared<HeldFiles>(std::move(files))] { held->let_go(); });
}

bool Removal::advance() {
  const bool is_overdue = patience_.has_ended();
  if (stage_ == Stage::freeing) {
    if (freed_.valid() && freed_.wait_for(kNow) != std::future_status::ready) {
      if (!is_overdue) return false;
      give_up();
    }
    freed_ = {};
    pending_ = world_.start_gather("");
    stage_ = Stage::reporting;
    return true;
  }
  if (stage_ == Stage::idle || !pending_->poll()) return false;
  pending_.reset();
  stage_ = Stage::idle;
  return true;
}

void Removal::wait() {
  const Phase phase("waiting for old files to be removed");
  const auto is_over = [&] {
    while (advance()) {
    }
    return !is_going_on();
  };
  wait_until(is_over, Patience(kPeerTimeout + deadline()),
             sentence("removing old checkpoints: rank 0 did not say that it is done"));
}

Patience::Clock::duration Removal::deadline() const {
  return limit_of(config_.save_deadline_seconds);
}

void Removal::give_up() {
  worker_->leave();
  worker_.reset();
  log_warning(
      sentence("removing old checkpoints in {0}: not done within {1} s; training and saving go on",
               {config_.directory, static_cast<std::int64_t>(config_.save_deadline_seconds)}));
}

}  // namespace lockstep
