// SPDX-License-Identifier: Apache-2.0
#include "store/open_checkpoint.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "checkpoint/shard_set.h"
#include "config/config_json.h"
#include "export/training_file_reader.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

OpenCheckpoint open_set(const fs::path& folder) {
  auto set = std::make_unique<ShardSet>(folder);
  const Manifest& manifest = set->manifest();
  OpenCheckpoint checkpoint{.path = folder,
                            .is_set = true,
                            .age = manifest.age(),
                            .state = manifest.state,
                            .model = run_config_in(manifest.state, folder).model,
                            .learning_rate = manifest.learning_rate,
                            .tokenizer = set->tokenizer(),
                            .root = manifest.root,
                            .content = manifest.root,
                            .optimizer_steps = updates_made(manifest.state)};
  checkpoint.reader = std::move(set);
  return checkpoint;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && number >= 0 ? std::optional(number) : std::nullopt;
}

// What is called `name` in the directory: the set, then the file.
std::vector<fs::path> places_of(const CheckpointDirectory& directory, const std::string& name) {
  if (const std::optional<std::int64_t> epoch = whole_number(name))
    return {directory.set(names::epoch_set(*epoch)), directory.file(names::epoch_file(*epoch))};
  const bool is_best = name == names::kBestSet;
  const char* const file = is_best ? names::kBest : names::kLatest;
  if (!is_best && name != names::kLatestSet) {
    if (name.find('/') != std::string::npos) return {fs::path(name)};
    return {fs::path(name), directory.set(name), directory.file(name)};
  }
  std::vector<fs::path> places;
  if (const std::optional<std::string> set = directory.linked_set(name))
    places.push_back(directory.set(*set));
  places.push_back(directory.file(file));
  return places;
}

// A set that has lost its manifest is damaged, but no other folder.
void refuse_other_folder(const fs::path& path) {
  if (!is_folder(path, ErrorKind::checkpoint) || may_be_there(path / names::kManifest)) return;
  if (names::parse_set(checkpoint_name(path))) return;
  if (!CheckpointDirectory(path).holds_a_run())
    throw Error(ErrorKind::checkpoint,
                sentence("looking for a checkpoint: {0} is a folder without a {1}, so no set of "
                         "shards; name one, or a .pt file",
                         {path, names::kManifest}));
  throw Error(ErrorKind::usage,
              sentence("looking for a checkpoint: {0} is a run directory, which holds several; "
                       "name one of them, as in {1} or {2}",
                       {path, path / names::kShards / names::kLatestSet, path / names::kLatest}));
}

// The folder itself where a link leads to one: shards/latest moves on while a run does, and what is
// read of a checkpoint, by however many processes, must be of one.
fs::path followed(const fs::path& place) {
  if (!is_folder(place, ErrorKind::checkpoint)) return place;
  fs::path real = place.has_filename() ? place : place.parent_path();
  std::error_code error;
  for (fs::path target = fs::read_symlink(real, error); !error;
       target = fs::read_symlink(real, error))
    real = real.parent_path() / target;
  return real;
}

// A checkpoint a resume may start from, with what decides its age.
struct Candidate {
  fs::path path;
  bool is_ours = true;
  Age age;
  bool is_set = false;
  bool is_latest = false;  // of .pt files with the same bytes this name comes first
};

bool is_newer(const Candidate& one, const Candidate& other) {
  const auto rank = [](const Candidate& candidate) {
    return std::tuple(candidate.is_ours, candidate.age, candidate.is_set, candidate.is_latest);
  };
  return rank(one) > rank(other);
}

void add(const fs::path& path, std::vector<Candidate>& found, Candidates& candidates) {
  try {
    const OpenCheckpoint checkpoint = open_checkpoint(path);
    if (!checkpoint.optimizer_problem.empty())
      return candidates.problems.push_back(checkpoint.optimizer_problem);
    found.push_back({.path = path,
                     .is_ours = checkpoint.is_ours,
                     .age = checkpoint.age,
                     .is_set = checkpoint.is_set,
                     .is_latest = path.filename() == names::kLatest});
  } catch (const Error& error) {
    candidates.problems.emplace_back(error.what());
  }
}

// What cannot be looked at is another checkpoint, and says so when it is opened.
bool are_one_file(const fs::path& one, const fs::path& other) {
  std::error_code error;
  return fs::equivalent(one, other, error) && !error;
}

std::vector<fs::path> pt_files(const CheckpointDirectory& directory) {
  std::vector<fs::path> files = {directory.file(names::kLatest), directory.file(names::kBest),
                                 directory.file(names::kMain)};
  for (const std::int64_t epoch : directory.epochs())
    files.push_back(directory.file(names::epoch_file(epoch)));
  std::erase_if(files, [](const fs::path& file) { return !may_be_there(file); });
  // Names of the same bytes are the same checkpoint.
  std::vector<fs::path> distinct;
  for (const fs::path& file : files) {
    const auto is_known = [&](const fs::path& other) { return are_one_file(file, other); };
    if (std::ranges::none_of(distinct, is_known)) distinct.push_back(file);
  }
  return distinct;
}

}  // namespace

OpenCheckpoint open_checkpoint(const fs::path& path) {
  return is_folder(path, ErrorKind::checkpoint) ? open_set(path)
                                                : open_pt_checkpoint(TrainingFile(path));
}

// Opened once: a run that goes on gives the name to another file.
OpenCheckpoint open_pt_checkpoint(TrainingFile file) {
  const TrainState state = file.state();
  OpenCheckpoint checkpoint{.path = file.path(),
                            .is_ours = file.is_ours(),
                            .age = {.step = state.step, .ends_an_epoch = true},
                            .state = state,
                            .history_problem = file.history_problem(),
                            .model = file.model_config(),
                            .learning_rate = file.learning_rate().value_or(0.0),
                            .tokenizer = file.tokenizer(),
                            .root = file.root().value_or("")};
  checkpoint.content = checkpoint.root.empty() ? file.archive().content_digest() : checkpoint.root;
  auto reader = std::make_unique<TrainingFileReader>(std::move(file));
  checkpoint.optimizer_problem = reader->optimizer_problem();
  checkpoint.optimizer_steps = reader->optimizer_steps();
  checkpoint.reader = std::move(reader);
  return checkpoint;
}

std::string checkpoint_name(const fs::path& path) {
  std::error_code error;
  const bool is_set = fs::is_directory(path, error);
  const fs::path real = is_set ? fs::canonical(path, error) : path;
  return (error ? path : real).filename().string();
}

RunConfig run_config_in(const TrainState& state, const fs::path& path) {
  RunConfig config;
  const std::vector<std::string> problems = apply_json(state.run_config, config);
  if (problems.empty()) return config;
  throw Error(ErrorKind::checkpoint,
              sentence("reading the configuration in {0}: {1}", {path, problems.front()}));
}

fs::path find_checkpoint(const CheckpointDirectory& directory, const std::string& name) {
  std::string looked_for;
  for (const fs::path& place : places_of(directory, name)) {
    refuse_other_folder(place);
    if (is_there(place, ErrorKind::checkpoint)) return followed(place);
    looked_for += (looked_for.empty() ? "" : ", ") + place.string();
  }
  throw Error(ErrorKind::checkpoint, sentence("looking for the checkpoint '{0}': there is no {1}; "
                                              "it is a path, an epoch's number, best or latest",
                                              {name, looked_for}));
}

fs::path lasting_name(const fs::path& path) {
  const fs::path name = path.has_filename() ? path : path.parent_path();
  std::error_code error;
  if (const fs::path target = fs::read_symlink(name, error); !error)
    return name.parent_path() / target;
  if (is_folder(path, ErrorKind::checkpoint)) return path;
  const std::int64_t epoch = TrainingFile(path).state().epoch;
  const fs::path file = path.parent_path() / names::epoch_file(epoch);
  return are_one_file(file, path) ? file : path;
}

Candidates resume_candidates(const CheckpointDirectory& directory) {
  Candidates candidates;
  std::vector<Candidate> found;
  for (const CommittedSet& set : directory.sets()) {
    if (set.manifest)
      add(directory.set(set.name), found, candidates);
    else
      candidates.problems.push_back(set.problem);
  }
  for (const std::string& name : directory.replaced_in_vain())
    add(directory.set(name), found, candidates);
  for (const fs::path& file : pt_files(directory)) add(file, found, candidates);
  std::ranges::stable_sort(found, is_newer);
  for (const Candidate& candidate : found) candidates.paths.push_back(candidate.path);
  return candidates;
}

fs::path path_when_brought_back(const fs::path& candidate) {
  const auto marked = names::parse_marked_set(candidate.filename().string());
  return marked ? candidate.parent_path() / marked->set : candidate;
}

}  // namespace lockstep
