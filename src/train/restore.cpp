// SPDX-License-Identifier: Apache-2.0
#include "train/restore.h"

#include <ATen/ATen.h>

#include <optional>

#include "comm/all_or_none.h"
#include "export/pt_reader.h"
#include "store/open_checkpoint.h"
#include "tensors/chunks.h"

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

std::span<float> part_of(at::Tensor& flat, ElementRange range) {
  return {flat.data_ptr<float>() + range.first, static_cast<std::size_t>(range.count())};
}

// A checkpoint while its state is read by all ranks.
class Restoring {
 public:
  // COLLECTIVE.
  Restoring(World& world, Collectives& collectives, const std::filesystem::path& path,
            const FlatLayout& layout)
      : world_(world), collectives_(collectives), elements_(layout.elements()) {
    read_or_none(world_, [&] {
      checkpoint_ = open_checkpoint(path);
      check_layout(layout);
      check_bytes_without_digests();
    });
  }

  // COLLECTIVE. Reads the array into `flat`, one part on each rank, and exchanges the parts.
  void read(StateArray array, at::Tensor& flat) {
    const bool is_there = checkpoint_->reader->has(array);
    read_or_none(world_, [&] {
      const ElementRange mine = shard_range(elements_, world_.rank(), world_.size());
      if (is_there)
        checkpoint_->reader->read(array, mine, part_of(flat, mine));
      else
        flat.zero_();
    });
    if (!is_there) return;
    for (int rank = 0; rank < world_.size(); ++rank) {
      const ElementRange range = shard_range(elements_, rank, world_.size());
      at::Tensor part = flat.narrow(0, range.first, range.count());
      if (range.count() > 0) collectives_.broadcast(part, rank);
    }
  }

  const OpenCheckpoint& checkpoint() const { return *checkpoint_; }

 private:
  void check_layout(const FlatLayout& layout) const {
    if (layout_digest(checkpoint_->reader->layout()) == layout_digest(layout)) return;
    throw Error(ErrorKind::checkpoint, "reading " + checkpoint_->path.string() +
                                           ": its tensors are not those of the model");
  }

  // Without digests the sums of the zip archive are all there is to compare; one rank does.
  void check_bytes_without_digests() const {
    if (world_.rank() != 0 || checkpoint_->is_set || checkpoint_->reader->digests()) return;
    PtReader(checkpoint_->path).check_all_bytes();
  }

  World& world_;
  Collectives& collectives_;
  std::int64_t elements_;
  std::optional<OpenCheckpoint> checkpoint_;
};

}  // namespace

void restore_parameters(World& world, Collectives& collectives,
                        const std::filesystem::path& checkpoint, Gpt& model) {
  Restoring(world, collectives, checkpoint, model.parameters().layout())
      .read(StateArray::parameters, model.parameters().values());
}

void restore_run(World& world, Collectives& collectives, const std::filesystem::path& checkpoint,
                 Gpt& model, AdamW& optimizer) {
  Restoring restoring(world, collectives, checkpoint, model.parameters().layout());
  restoring.read(StateArray::parameters, model.parameters().values());
  restoring.read(StateArray::exp_avg, optimizer.exp_avg());
  restoring.read(StateArray::exp_avg_sq, optimizer.exp_avg_sq());
  optimizer.set_steps(restoring.checkpoint().optimizer_steps);
}

}  // namespace lockstep
