// SPDX-License-Identifier: Apache-2.0
// The checkpoint directory of one run: what is in it, how a draft becomes a checkpoint with one
// rename, and which names and removals follow from that. Knows names and manifests; the tensors in
// shards and .pt files are others' to write and read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/held_files.h"
#include "checkpoint/manifest.h"
#include "checkpoint/names.h"
#include "checkpoint/published.h"
#include "checkpoint/train_state.h"

namespace lockstep {

// A committed set as its folder says.
struct CommittedSet {
  std::string name;
  std::optional<Manifest> manifest;  // absent if it cannot be read
  std::string problem;               // why
};

struct PublishedSave {
  Published published;
  HeldFiles removed;    // whose names are gone or another file's now: letting go frees their bytes
  std::string problem;  // empty, or why not all of this was done: the next save tries again
};

// THREADS: one at a time, on one rank. Every function throws Error(checkpoint) naming the path.
class CheckpointDirectory {
 public:
  explicit CheckpointDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  // The folder of a set, or of a draft.
  std::filesystem::path set(const std::string& name) const;

  // Whether a run has left checkpoints here.
  bool holds_a_run() const;
  // The epochs that have a .pt file, ascending.
  std::vector<std::int64_t> epochs() const;
  // The committed sets, those without a readable manifest first, the others by ascending step.
  std::vector<CommittedSet> sets() const;
  // What a crash or a running save left: marked sets, by name.
  std::vector<std::string> leftovers() const;
  // The set that the link `latest` or `best` points to; absent without one, or if it is not there.
  std::optional<std::string> linked_set(const std::string& link) const;

  // Sets that made room for a replacement that never came, by the names they have now.
  std::vector<std::string> replaced_in_vain() const;
  // These have their own names again only after this: a resume looks after it. Changes nothing
  // else.
  void bring_back_replaced() const;
  void create_folders() const;
  // Removes what was never committed. REQUIRES: the directory is this process's alone
  // (DirectoryOwner): what another one is writing would be garbage.
  void open();
  // Removes the checkpoints and the history of a run, and nothing else: not its prepared text. The
  // newest set goes last, with one rename: a crash before it leaves what a resume would have taken
  // anyway, a crash after it nothing.
  void remove_run();

  // THE commit: makes the draft durable and renames it to its set; a set of that name, left by an
  // earlier attempt, makes room in the same step. The draft's files must be durable already.
  void commit(const std::filesystem::path& draft, const std::string& set);

  // Gives the set's .pt file its names, rewrites the history if it differs, moves the
  // links, removes what retention says. Every part of it may be done again. An older set whose
  // publication failed gets its names first, but none that a later set has.
  // `old_best_loss` is that before this epoch. `given_up` are sets that the run left out when it
  // was resumed: they count for nothing, and go when it has come further than they. Throws nothing:
  // the set is a checkpoint whatever goes wrong here.
  PublishedSave publish(const Manifest& manifest, double old_best_loss,
                        const std::vector<std::string>& given_up = {});
  // The sets that a run leaves out which goes on from `checkpoint`, a set or a .pt file, of that
  // age: those that are newer, and one of the same age that is another.
  std::vector<std::string> sets_given_up(const std::string& checkpoint, const Age& age) const;
  // Finishes the commit of the newest set that is none of `given_up`, where a crash cut it short.
  // What it finished is said in a warning. REQUIRES: open().
  void finish_commit(const std::vector<std::string>& given_up);

  // Removes a committed set: renamed to trash first, so that a crash leaves no half of one.
  void remove_set(const std::string& name) const;

  // Removes a draft that will not be committed; a missing one is fine.
  void abandon(const std::filesystem::path& draft);

 private:
  std::filesystem::path shards() const { return path_ / names::kShards; }
  CommittedSet read_set(const std::string& name) const;
  // Whose .pt file has not got its names yet.
  bool awaits_names(const std::string& set) const;
  void mark_published(const std::string& set) const;
  void sweep_drafts() const;
  bool is_left_draft(const std::string& name) const;
  // Renames a set, or a draft, to a name that is garbage and nobody else's, which it returns.
  std::string hide_set(const std::string& name) const;
  // remove_set(), but what cannot be removed is said in a warning: it costs space, and the next
  // start tries again. Returns whether it is gone.
  bool retire_set(const std::string& name) const;
  // Gives these names to the set's .pt file. Returns whether each is a hard link.
  bool link_names(const std::string& set, const std::vector<std::string>& pt_names) const;
  // All names of the newest set, and the history. Returns whether every name is a hard link.
  bool give_names(const Manifest& manifest) const;
  void give_all_names(const Manifest& manifest, const std::vector<std::string>& given_up,
                      PublishedSave& save) const;
  void publish_older(const Manifest& manifest, const std::vector<std::string>& given_up,
                     PublishedSave& save) const;
  void point_links(const Manifest& manifest, const std::vector<std::string>& given_up) const;
  std::int64_t pt_bytes(const Manifest& manifest) const;
  void remove_old_epoch_files(const Manifest& manifest, Published& published,
                              HeldFiles& removed) const;
  void remove_old_sets(const Manifest& manifest, const std::vector<std::string>& given_up,
                       PublishedSave& save) const;

  std::filesystem::path path_;
};

}  // namespace lockstep
