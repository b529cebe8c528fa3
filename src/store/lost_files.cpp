// SPDX-License-Identifier: Apache-2.0
#include "store/lost_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "config/fields.h"
#include "export/training_file.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// A .pt file under a name that it should have, as far as its small parts say.
struct Look {
  bool is_there = true;
  std::string problem;  // of one that cannot be opened
  std::string root;
  std::int64_t epoch = 0;

  bool is_of(const Manifest& manifest) const {
    return !is_lost() && root == manifest.root && epoch == manifest.state.epoch;
  }
  bool is_lost() const { return !is_there || !problem.empty(); }
  std::string text(const fs::path& file) const {
    return is_there ? sentence("{0} is damaged ({1})", {file, problem})
                    : sentence("{0} is not there", {file});
  }
};

Look look_at(const fs::path& file) {
  if (!may_be_there(file)) return {.is_there = false};
  try {
    const TrainingFile training(file);
    return {.root = training.root().value_or(""), .epoch = training.state().epoch};
  } catch (const Error& error) {
    return {.problem = error.what()};
  }
}

// What is wrong with a history; empty if nothing. One that cannot be read is written anew like any
// other that is no good, and is no reason not to go on.
std::string problem_of_history(const fs::path& file) {
  if (!may_be_there(file)) return sentence("{0} was not there", {file});
  try {
    return is_history(read_file(file, ErrorKind::checkpoint)) ? ""
                                                              : sentence("{0} was damaged", {file});
  } catch (const Error& error) {
    return sentence("{0} was damaged ({1})", {file, error.what()});
  }
}

std::string consolidate_command(const CheckpointDirectory& directory, const std::string& set,
                                const fs::path& file) {
  return "ckpt-tool --checkpoint-dir " + shell_word(directory.path().string()) + " consolidate " +
         set + " -o " + shell_word(file.string());
}

// By no epoch to come, whatever its loss.
std::vector<std::string> names_not_given(ExportRule rule) {
  switch (rule) {
    case ExportRule::every:
    case ExportRule::last: break;
    case ExportRule::best: return {names::kLatest, names::kMain};
    case ExportRule::none: return {names::kBest, names::kLatest, names::kMain};
  }
  return {};
}

// Only by an epoch that is both the last and the best.
std::optional<std::string> best_left_behind(const CheckpointDirectory& directory) {
  const fs::path file = directory.file(names::kBest);
  if (!may_be_there(file)) return std::nullopt;
  return sentence(
      "going on in {0}: with --export {1} this run renews {2} only if its last epoch is the best; "
      "else the file stays as it is, and is not of the best epoch if a better one comes; then "
      "remove it when the run has ended, and make it from its set with {3}",
      {directory.path(), text_of(ExportRule::last), names::kBest,
       consolidate_command(directory, names::kBestSet, file)});
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

class Search {
 public:
  Search(const CheckpointDirectory& directory, const TrainState& state)
      : directory_(directory), state_(state), sets_(directory.sets()) {}

  std::vector<LostFile> lost_files(ExportRule rule) {
    if (sets_.empty()) return {};  // a file that was brought here alone: nothing else was
    look_for_history();
    if (const Manifest* const newest = manifest_of(state_.epoch))
      look_for_names(*newest, newest->publish.pt_names);
    if (state_.best_epoch > 0 && state_.best_epoch != state_.epoch) look_for_best(rule);
    return std::move(lost_);
  }

 private:
  const Manifest* manifest_of(std::int64_t epoch) const {
    const auto found = std::ranges::find(sets_, names::epoch_set(epoch), &CommittedSet::name);
    return found == sets_.end() || !found->manifest ? nullptr : &*found->manifest;
  }

  void look_for_history() {
    const fs::path file = directory_.file(names::kHistory);
    if (state_.history.epochs.empty()) return;
    const std::string problem = problem_of_history(file);
    if (problem.empty()) return;
    lost_.push_back(
        {.text = sentence("{0}; it has been written anew from the checkpoint", {problem}),
         .restore = [file, text = history_to_json(state_.history)] {
           write_durably(file, text, ErrorKind::checkpoint);
         }});
  }

  // `wanted` are among the names that the set has given. A set that still awaits them gets them
  // with the next save.
  void look_for_names(const Manifest& manifest, const std::vector<std::string>& wanted) {
    if (may_be_there(directory_.set(manifest.set) / names::kSetPt)) return;
    std::vector<std::pair<fs::path, Look>> lost;
    std::optional<fs::path> whole;
    for (const std::string& name : manifest.publish.pt_names) {
      const fs::path file = directory_.file(name);
      Look look = look_at(file);
      if (!whole && look.is_of(manifest)) whole = file;
      if (look.is_lost() && contains(wanted, name)) lost.emplace_back(file, std::move(look));
    }
    for (const auto& [file, look] : lost)
      lost_.push_back(
          whole ? given_again(*whole, file, look)
                : LostFile{.text = look.text(file) + "; " + remedy(manifest.set, file, look)});
  }

  static LostFile given_again(const fs::path& whole, const fs::path& file, const Look& look) {
    return {.text = sentence("{0}; {1} is of the same checkpoint and has that name too now",
                             {look.text(file), whole.filename()}),
            .restore = [whole, file] { link_durably(whole, file, ErrorKind::checkpoint); }};
  }

  std::string remedy(const std::string& set, const fs::path& file, const Look& look) const {
    const std::string command = consolidate_command(directory_, set, file);
    return look.is_there ? sentence("remove it, and make it from its set with {0}", {command})
                         : sentence("make it from its set with {0}", {command});
  }

  // Not where the best epoch was saved without the file.
  void look_for_best(ExportRule rule) {
    if (const Manifest* const best = manifest_of(state_.best_epoch)) {
      if (contains(best->publish.pt_names, names::kBest)) look_for_names(*best, {names::kBest});
      return;
    }
    if (rule != ExportRule::every && rule != ExportRule::best) return;
    const fs::path file = directory_.file(names::kBest);
    const Look look = look_at(file);
    if (look.is_lost())
      lost_.push_back(
          {.text = sentence("{0}, and the set of epoch {1}, the best one, is gone; bring a copy of "
                            "either back, or leave it to the next epoch that is better",
                            {look.text(file), state_.best_epoch})});
  }

  const CheckpointDirectory& directory_;
  const TrainState& state_;
  const std::vector<CommittedSet> sets_;
  std::vector<LostFile> lost_;
};

}  // namespace

std::vector<LostFile> lost_files(const CheckpointDirectory& directory, const TrainState& state,
                                 ExportRule rule) {
  return Search(directory, state).lost_files(rule);
}

std::optional<std::string> left_behind(const CheckpointDirectory& directory, ExportRule rule) {
  if (rule == ExportRule::last) return best_left_behind(directory);
  std::vector<std::string> found = names_not_given(rule);
  std::erase_if(found, [&](const auto& name) { return !may_be_there(directory.file(name)); });
  if (found.empty()) return std::nullopt;
  std::string list;
  for (const std::string& name : found) list += (list.empty() ? "" : ", ") + name;
  const char* const set = found.front() == names::kBest ? names::kBestSet : names::kLatestSet;
  return sentence(
      "going on in {0}: with --export {1} this run leaves {2} as {3|it is|they are}, of an earlier "
      "epoch than those to come; for a newer one remove the file when the run has ended, and make "
      "it from its set with {4}",
      {directory.path(), text_of(rule), list, found.size(),
       consolidate_command(directory, set, directory.file(found.front()))});
}

std::string restored(const LostFile& lost) try {
  if (lost.restore) lost.restore();
  return lost.text;
} catch (const Error& error) {
  return error.what();
}

}  // namespace lockstep
