// SPDX-License-Identifier: Apache-2.0
#include "train/restore.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/late_name.h"
#include "base/sentence.h"
#include "comm/all_gather.h"
#include "comm/all_or_none.h"
#include "store/layout_difference.h"
#include "store/open_checkpoint.h"
#include "tensors/chunks.h"
#include "train/phase.h"
#include "train/tensor_span.h"

namespace lockstep {
namespace {

// all_or_none whose failure says that the checkpoint is to blame.
void read_or_none(World& world, const std::function<void()>& work) {
  try {
    all_or_none(world, work);
  } catch (const SharedError& error) {
    if (error.kind() != ErrorKind::checkpoint) throw;
    throw DamagedCheckpoint(error.kind(), error.what());
  }
}

// A checkpoint while its state is read by all ranks.
class Restoring {
 public:
  // COLLECTIVE.
  Restoring(World& world, Collectives& collectives, const std::filesystem::path& path,
            const FlatLayout& layout)
      : world_(world), collectives_(collectives), elements_(layout.elements()) {
    // Rank 0 has seen it: what it does not find now is gone, and nobody waits for it.
    read_or_none(world_, [&] {
      if (world_.rank() == 0) open(path, layout);
    });
    read_or_none(world_, [&] {
      if (world_.rank() == 0) return;
      wait_for_name(path, ErrorKind::checkpoint);
      open(path, layout);
    });
    check_same_on_all_ranks();
  }

  // What was there when it was decided to go on from it. Fails on all ranks or on none.
  void check_updates(std::int64_t expected) const {
    if (checkpoint_->optimizer_steps == expected) return;
    throw SharedError(
        ErrorKind::checkpoint,
        sentence("reading {0}: it was saved after {1} {1|update|updates}, the one to resume from "
                 "after {2}; another process saves under this name: stop it, or wait for it, and "
                 "start again",
                 {checkpoint_->path, checkpoint_->optimizer_steps, expected}));
  }

  // COLLECTIVE. Every rank reads its part of the parameters, and has all of them afterwards.
  void read_parameters(at::Tensor& flat) {
    const std::vector<ElementRange> parts = all_shards(elements_, world_.size());
    const ElementRange mine = parts[static_cast<std::size_t>(world_.rank())];
    at::Tensor part = flat.narrow(0, mine.first, mine.count());
    read(StateArray::parameters, mine, part);
    all_gather(world_, collectives_, span_of(flat), parts);
  }

  // COLLECTIVE, in that all ranks hear of a failure.
  void refuse_other_optimizers() const {
    read_or_none(world_, [&] {
      if (!checkpoint_->optimizer_problem.empty())
        throw Error(ErrorKind::checkpoint, checkpoint_->optimizer_problem);
    });
  }

  // COLLECTIVE, in that all ranks hear of a failure. Reads what this rank owns.
  void read(StateArray array, ElementRange range, at::Tensor& part) {
    read_or_none(world_, [&] {
      if (checkpoint_->reader->has(array))
        checkpoint_->reader->read(array, range, span_of(part));
      else
        part.zero_();
    });
  }

  const OpenCheckpoint& checkpoint() const { return *checkpoint_; }

 private:
  void open(const std::filesystem::path& path, const FlatLayout& layout) {
    checkpoint_ = open_checkpoint(path);
    check_layout(layout);
    check_bytes_without_digests();
  }

  // COLLECTIVE. A name may lead to another checkpoint by now, or still, on some of the hosts.
  void check_same_on_all_ranks() const {
    const std::vector<std::string> found = world_.gather_all(sentence(
        "{0} after {1} {1|update|updates}", {checkpoint_->content, checkpoint_->optimizer_steps}));
    const auto other = std::ranges::find_if(
        found, [&](const std::string& checkpoint) { return checkpoint != found.front(); });
    if (other == found.end()) return;
    throw SharedError(
        ErrorKind::checkpoint,
        sentence("reading {0}: rank {1} finds {2} there, rank 0 {3}; start again, best from a name "
                 "that no run moves on: a set's own, as in shards/epoch_0003",
                 {checkpoint_->path, other - found.begin(), *other, found.front()}));
  }

  void check_layout(const FlatLayout& layout) const {
    const std::string difference = layout_difference(checkpoint_->reader->layout(), layout);
    if (difference.empty()) return;
    throw Error(ErrorKind::checkpoint,
                sentence("reading {0}: its tensors are not those of the model: {1}",
                         {checkpoint_->path, difference}));
  }

  // Without digests the sums of the zip archive are all there is to compare; one rank does.
  void check_bytes_without_digests() const {
    if (world_.rank() == 0) checkpoint_->reader->check_without_digests();
  }

  World& world_;
  Collectives& collectives_;
  std::int64_t elements_;
  std::optional<OpenCheckpoint> checkpoint_;
};

}  // namespace

void restore_parameters(World& world, Collectives& collectives,
                        const std::filesystem::path& checkpoint, Gpt& model) {
  const Phase phase("reading the checkpoint");
  const std::string name = ask_rank_zero(world, [&] { return lasting_name(checkpoint).string(); });
  Restoring(world, collectives, name, model.parameters().layout())
      .read_parameters(model.parameters().values());
}

void restore_run(World& world, Collectives& collectives, const std::filesystem::path& checkpoint,
                 std::int64_t updates, Gpt& model, AdamW& optimizer) {
  const Phase phase("reading the checkpoint");
  Restoring restoring(world, collectives, checkpoint, model.parameters().layout());
  restoring.check_updates(updates);
  restoring.refuse_other_optimizers();
  restoring.read_parameters(model.parameters().values());
  restoring.read(StateArray::exp_avg, optimizer.range(), optimizer.exp_avg());
  restoring.read(StateArray::exp_avg_sq, optimizer.range(), optimizer.exp_avg_sq());
  optimizer.set_steps(restoring.checkpoint().optimizer_steps);
}

}  // namespace lockstep
