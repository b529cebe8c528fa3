// SPDX-License-Identifier: Apache-2.0
#include "store/save_order.h"

#include "checkpoint/names.h"
#include "checkpoint/state_digests.h"

namespace lockstep {

std::filesystem::path draft_of(const SaveOrder& order) {
  return order.directory / names::kShards /
         names::marked_set(order.set, names::SetMark::draft, order.draft_id);
}

std::vector<ElementRange> shards_of(const SaveOrder& order) {
  return all_shards(order.content.layout.elements(), order.shard_count);
}

std::filesystem::path set_of(const SaveOrder& order) {
  return order.directory / names::kShards / order.set;
}

std::int64_t bytes_of_save(const SaveOrder& order) {
  constexpr std::int64_t kSmallFiles = 64 << 10;  // manifest, model.h5 and the like
  constexpr std::int64_t kShardStructure = 16 << 10;
  const std::int64_t elements = order.content.layout.elements();
  const auto arrays = static_cast<std::int64_t>(kStateArrays.size());
  const std::int64_t values = arrays * elements * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t digests =
      arrays * chunk_count(elements) * static_cast<std::int64_t>(sizeof(Digest128));
  const std::int64_t pt = order.has_pt ? TrainingFilePlan(order.content).file_bytes() : 0;
  return values + digests + order.shard_count * kShardStructure + kSmallFiles + pt;
}

}  // namespace lockstep
