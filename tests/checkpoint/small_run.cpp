// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/small_run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "checkpoint/names.h"

namespace lockstep::test {
namespace fs = std::filesystem;

Manifest SmallRun::end_of_epoch(double val_loss) {
  old_best_loss = state.best_loss;
  ++state.epoch;
  state.step += 10;
  state.val_loss = val_loss;
  if (val_loss < state.best_loss) {
    state.best_loss = val_loss;
    state.best_epoch = state.epoch;
  }
  state.history.train_loss.push_back(1.5);
  state.history.val_loss.push_back(val_loss);
  state.history.epochs.push_back(state.epoch);
  Manifest made = manifest(names::epoch_set(state.epoch));
  if (!has_pt) return made;
  std::vector<std::string>& pt = made.publish.pt_names;
  if (save_every_epoch) pt.push_back(names::epoch_file(state.epoch));
  pt.emplace_back(names::kMain);
  if (state.best_epoch == state.epoch) pt.emplace_back(names::kBest);
  pt.emplace_back(names::kLatest);
  return made;
}

Manifest SmallRun::within_epoch() {
  state.step += 3;
  return manifest(names::step_set(state.step));
}

Manifest SmallRun::manifest(const std::string& set) const {
  return {.set = set,
          .state = state,
          .layout = FlatLayout({{.name = "weight", .shape = {2, 3}}}),
          .shards =
              {{.file = names::shard_file(0, 1), .range = {0, 6}, .bytes = 1000, .digest = "00ff"}},
          .root = "root of " + set,
          .publish = {
              .pt_names = {}, .save_every_epoch = save_every_epoch, .keep_last_n = keep_last_n}};
}

fs::path SmallRun::write_draft(const Manifest& manifest, const std::string& id) {
  fs::path draft = directory.set(names::marked_set(manifest.set, names::SetMark::draft, id));
  fs::create_directory(draft);
  const std::string text = content.empty() ? manifest.set : content;
  write_text(draft / names::shard_file(0, 1), text);
  write_text(draft / names::kManifest, manifest_to_json(manifest));
  if (!manifest.publish.pt_names.empty()) write_text(draft / names::kSetPt, text);
  return draft;
}

Published SmallRun::save(const Manifest& manifest) {
  directory.commit(write_draft(manifest), manifest.set);
  return directory.publish(manifest, old_best_loss, given_up).published;
}

void open_again(CheckpointDirectory& directory) {
  directory.open();
  directory.finish_commit({});
}

std::string opened_again(CheckpointDirectory& directory) {
  testing::internal::CaptureStderr();
  open_again(directory);
  return testing::internal::GetCapturedStderr();
}

std::map<std::string, std::string> tree_of(const fs::path& folder) {
  std::map<std::string, std::string> tree;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_symlink())
      tree[name] = " -> " + fs::read_symlink(entry.path()).string();
    else
      tree[name] = entry.is_directory() ? "/" : text_of(entry.path());
  }
  return tree;
}

std::string listing(const fs::path& folder) {
  std::map<std::string, int> sorted;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    sorted[entry.path().filename().string()] = 1;
  std::string text;
  for (const auto& [name, one] : sorted) text += (text.empty() ? "" : " ") + name;
  return text;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace lockstep::test
