// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/directory.h"
#include "checkpoint/names.h"
#include "checkpoint/retention.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  return type_of_name(path, ErrorKind::checkpoint) == fs::file_type::regular;
}

bool is_new_best(const Manifest& manifest) {
  return manifest.ends_an_epoch() && manifest.state.best_epoch > 0 &&
         manifest.state.best_epoch == manifest.state.epoch;
}

// Absent if the set's .pt file does not get the name.
std::optional<PublishedFile> published_file(const Manifest& manifest, const std::string& name,
                                            std::int64_t bytes) {
  if (std::ranges::find(manifest.publish.pt_names, name) == manifest.publish.pt_names.end())
    return std::nullopt;
  return PublishedFile{name, bytes};
}

Published describe(const Manifest& manifest, double old_best_loss, std::int64_t pt_bytes) {
  Published published;
  published.set = manifest.set;
  for (const ShardRecord& shard : manifest.shards) published.set_bytes += shard.bytes;
  published.root = manifest.root;
  published.ends_an_epoch = manifest.ends_an_epoch();
  published.is_best = is_new_best(manifest);
  published.best_loss = manifest.state.best_loss;
  if (published.is_best) {
    published.improvement = old_best_loss - manifest.state.val_loss;
    published.best_file = published_file(manifest, names::kBest, pt_bytes);
  }
  published.epoch_file =
      published_file(manifest, names::epoch_file(manifest.state.epoch), pt_bytes);
  published.latest_file = published_file(manifest, names::kLatest, pt_bytes);
  published.main_file = published_file(manifest, names::kMain, pt_bytes);
  return published;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Those of the run up to `last`: what is newer was given up, by a resume from before it, and stays
// until the run comes there again.
std::vector<KeptSet> kept_sets(const std::vector<CommittedSet>& sets, const Age& last,
                               const std::vector<std::string>& given_up) {
  std::vector<KeptSet> kept;
  for (const CommittedSet& set : sets) {
    if (set.manifest && set.manifest->age() <= last && !contains(given_up, set.name))
      kept.push_back(
          {.name = set.name, .age = set.manifest->age(), .epoch = set.manifest->state.epoch});
  }
  return kept;
}

// Those of the names of an older set that no later one has, or is about to have: that of its epoch;
// that of the best while it is the best; and those of the newest epoch if none has ended since.
std::vector<std::string> names_of_older(const Manifest& older, const TrainState& newest) {
  std::vector<std::string> left = older.publish.pt_names;
  std::erase_if(left, [&](const std::string& name) {
    if (names::parse_epoch_file(name)) return false;
    if (name == names::kBest) return older.state.epoch != newest.best_epoch;
    return older.state.epoch != newest.epoch;
  });
  return left;
}

}  // namespace

// The links first: a resume goes by sets, and a name that cannot be given is no reason to forget
// one.
PublishedSave CheckpointDirectory::publish(const Manifest& manifest, double old_best_loss,
                                           const std::vector<std::string>& given_up) {
  PublishedSave save{.published = describe(manifest, old_best_loss, pt_bytes(manifest)),
                     .removed = {},
                     .problem = {}};
  try {
    point_links(manifest, given_up);
    give_all_names(manifest, given_up, save);
    remove_old_sets(manifest, given_up, save);
    if (save.problem.empty()) mark_published(manifest.set);
  } catch (const std::exception& error) {
    if (save.problem.empty()) save.problem = sentence_of(error);
  }
  return save;
}

// Where this fails, old sets are removed all the same: a disk may be too full for names that are
// copies.
void CheckpointDirectory::give_all_names(const Manifest& manifest,
                                         const std::vector<std::string>& given_up,
                                         PublishedSave& save) const {
  try {
    publish_older(manifest, given_up, save);
    for (const std::string& name : manifest.publish.pt_names) save.removed.hold(file(name));
    save.published.names_are_copies = !give_names(manifest);
    remove_durably(set(manifest.set) / names::kSetPt, ErrorKind::checkpoint);
    remove_old_epoch_files(manifest, save.published, save.removed);
  } catch (const Error& error) {
    save.problem = error.what();
  }
}

// Sets whose own publication failed get their names with the next one. From then on they count as
// published even if that failed again: a start finishes the newest set that does not, and these are
// no longer the newest. Their .pt file stays in them until it has its names.
void CheckpointDirectory::publish_older(const Manifest& manifest,
                                        const std::vector<std::string>& given_up,
                                        PublishedSave& save) const {
  for (const CommittedSet& older : sets()) {
    if (!older.manifest || older.name == manifest.set || older.manifest->age() > manifest.age() ||
        contains(given_up, older.name))
      continue;
    try {
      if (awaits_names(older.name)) {
        link_names(older.name, names_of_older(*older.manifest, manifest.state));
        remove_durably(set(older.name) / names::kSetPt, ErrorKind::checkpoint);
        remove_old_epoch_files(*older.manifest, save.published, save.removed);
      }
    } catch (const Error& error) {
      log_warning(sentence("giving {0} its names: {1}", {older.name, error.what()}));
    }
    mark_published(older.name);
  }
}

void CheckpointDirectory::mark_published(const std::string& name) const {
  remove_durably(set(name) / names::kUnpublished, ErrorKind::checkpoint);
}

// Of the file in the set, or if it has its names already, of one of them.
std::int64_t CheckpointDirectory::pt_bytes(const Manifest& manifest) const {
  if (manifest.publish.pt_names.empty()) return 0;
  const fs::path in_set = set(manifest.set) / names::kSetPt;
  std::error_code error;
  for (const fs::path& path : {in_set, file(manifest.publish.pt_names.back())}) {
    const auto bytes = fs::file_size(path, error);
    if (!error) return static_cast<std::int64_t>(bytes);
  }
  return 0;
}

bool CheckpointDirectory::awaits_names(const std::string& name) const {
  return is_file(set(name) / names::kSetPt);
}

bool CheckpointDirectory::link_names(const std::string& name,
                                     const std::vector<std::string>& pt_names) const {
  bool all_are_links = true;
  for (const std::string& pt_name : pt_names)
    all_are_links &= link_durably(set(name) / names::kSetPt, file(pt_name), ErrorKind::checkpoint);
  return all_are_links;
}

bool CheckpointDirectory::give_names(const Manifest& manifest) const {
  const bool all_are_links =
      !awaits_names(manifest.set) || link_names(manifest.set, manifest.publish.pt_names);
  // Within an epoch it is there already, unless the publication at the epoch's end failed.
  if (manifest.state.history.epochs.empty()) return all_are_links;
  const std::string history = history_to_json(manifest.state.history);
  const fs::path history_file = file(names::kHistory);
  if (!is_file(history_file) || read_file(history_file, ErrorKind::checkpoint) != history)
    write_durably(history_file, history, ErrorKind::checkpoint);
  return all_are_links;
}

void CheckpointDirectory::point_links(const Manifest& manifest,
                                      const std::vector<std::string>& given_up) const {
  point_durably(set(names::kLatestSet), manifest.set, ErrorKind::checkpoint);
  // From the state, not only at the epoch itself: had the publication of the best set failed, the
  // next one makes up for it.
  const std::string best = names::epoch_set(manifest.state.best_epoch);
  if (manifest.state.best_epoch > 0 && !contains(given_up, best) &&
      type_of_name(set(best), ErrorKind::checkpoint) == fs::file_type::directory)
    point_durably(set(names::kBestSet), best, ErrorKind::checkpoint);
}

void CheckpointDirectory::remove_old_epoch_files(const Manifest& manifest, Published& published,
                                                 HeldFiles& removed) const {
  const PublishOrder& order = manifest.publish;
  const bool has_epoch_file = std::ranges::any_of(order.pt_names, [](const std::string& name) {
    return names::parse_epoch_file(name).has_value();
  });
  if (!order.save_every_epoch || !has_epoch_file) return;
  for (const std::int64_t epoch :
       epochs_to_remove(epochs(), order.keep_last_n, manifest.state.epoch)) {
    const std::string name = names::epoch_file(epoch);
    removed.hold(file(name));
    try {
      remove_durably(file(name), ErrorKind::checkpoint);
      published.removed.push_back(name);
    } catch (const Error& error) {
      log_warning(error.what());  // costs space, and the next epoch tries again
    }
  }
}

std::vector<std::string> CheckpointDirectory::sets_given_up(const std::string& checkpoint,
                                                            const Age& age) const {
  std::vector<std::string> names;
  for (const CommittedSet& set : sets())
    if (set.manifest && set.manifest->age() >= age && set.name != checkpoint)
      names.push_back(set.name);
  return names;
}

void CheckpointDirectory::remove_old_sets(const Manifest& manifest,
                                          const std::vector<std::string>& given_up,
                                          PublishedSave& save) const {
  const PublishOrder& order = manifest.publish;
  const SetRetention rule{.keep_epochs = order.save_every_epoch ? order.keep_last_n : 1,
                          .best_epoch = manifest.state.best_epoch,
                          .written = manifest.set};
  const std::optional<std::string> best = linked_set(names::kBestSet);
  const std::vector<CommittedSet> all = sets();
  std::vector<std::string> doomed = sets_to_remove(kept_sets(all, manifest.age(), given_up), rule);
  for (const CommittedSet& set : all)
    if (set.manifest && set.manifest->age() < manifest.age() && contains(given_up, set.name))
      doomed.push_back(set.name);
  for (const std::string& name : doomed) {
    if (name == best || (!save.problem.empty() && awaits_names(name))) continue;
    save.removed.hold(set(name));
    if (retire_set(name)) save.published.removed_sets.push_back(name);
  }
}

}  // namespace lockstep
