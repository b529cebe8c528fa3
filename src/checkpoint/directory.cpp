// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/directory.h"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "checkpoint/owner.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using names::MarkedSet;
using names::SetMark;

fs::file_type type_of(const fs::path& path) { return type_of_name(path, ErrorKind::checkpoint); }

// The names in a folder, sorted; none if there is no such folder.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return found;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error))
    found.push_back(entries->path().filename().string());
  if (error)
    throw Error(ErrorKind::checkpoint,
                sentence("listing {0}: {1}", {folder, errno_text(error.value())}));
  std::ranges::sort(found);
  return found;
}

// Links to folders are not among them: what they point to is somebody else's.
std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> found = names_in(folder);
  std::erase_if(found, [&](const std::string& name) {
    return type_of(folder / name) != fs::file_type::directory;
  });
  return found;
}

bool belongs_to_a_run(const std::string& name) {
  return name == names::kBest || name == names::kLatest || name == names::kMain ||
         name == names::kHistory || names::parse_epoch_file(name).has_value();
}

void remove_draft_files(const fs::path& folder) {
  for (const std::string& name : names_in(folder)) {
    if (is_draft_name(name) && type_of(folder / name) == fs::file_type::regular)
      remove_durably(folder / name, ErrorKind::checkpoint);
  }
}

// From the oldest to the newest.
auto age_of(const CommittedSet& set) {
  const bool whole = set.manifest.has_value();
  return std::tuple(whole, whole ? set.manifest->age() : Age(), set.name);
}

std::string id_of(const fs::path& draft) {
  const std::string name = draft.filename().string();
  return name.substr(name.rfind('-') + 1);
}

// The order in which a run's .pt files are removed: where a resume looks first, last.
int removal_rank(const std::string& name) {
  if (name == names::kLatest) return 2;
  return name == names::kBest ? 1 : 0;
}

}  // namespace

fs::path CheckpointDirectory::set(const std::string& name) const { return shards() / name; }

bool CheckpointDirectory::holds_a_run() const {
  const auto is_set = [](const std::string& name) {
    const std::optional<MarkedSet> marked = names::parse_marked_set(name);
    return names::parse_set(name) || (marked && marked->mark == SetMark::replaced);
  };
  return std::ranges::any_of(names_in(path_), belongs_to_a_run) ||
         std::ranges::any_of(folders_in(shards()), is_set);
}

std::vector<std::int64_t> CheckpointDirectory::epochs() const {
  std::vector<std::int64_t> found;
  for (const std::string& name : names_in(path_)) {
    if (const auto epoch = names::parse_epoch_file(name)) found.push_back(*epoch);
  }
  std::ranges::sort(found);
  return found;
}

CommittedSet CheckpointDirectory::read_set(const std::string& name) const {
  const fs::path file = set(name) / names::kManifest;
  try {
    Manifest manifest =
        manifest_from_json(read_file(file, ErrorKind::checkpoint), sentence("reading {0}", {file}));
    if (manifest.set != name)
      throw Error(ErrorKind::checkpoint,
                  sentence("reading {0}: it is the manifest of {1}", {file, manifest.set}));
    return {.name = name, .manifest = std::move(manifest), .problem = {}};
  } catch (const Error& error) {
    return {.name = name, .manifest = std::nullopt, .problem = error.what()};
  }
}

std::vector<CommittedSet> CheckpointDirectory::sets() const {
  std::vector<CommittedSet> found;
  for (const std::string& name : folders_in(shards())) {
    if (names::parse_set(name)) found.push_back(read_set(name));
  }
  std::ranges::sort(found, {}, age_of);
  return found;
}

std::vector<std::string> CheckpointDirectory::leftovers() const {
  std::vector<std::string> found = folders_in(shards());
  std::erase_if(found, [](const std::string& name) { return !names::parse_marked_set(name); });
  return found;
}

std::optional<std::string> CheckpointDirectory::linked_set(const std::string& link) const {
  std::error_code error;
  const std::string target = fs::read_symlink(set(link), error).string();
  if (error || !names::parse_set(target)) return std::nullopt;
  if (type_of(set(target)) != fs::file_type::directory) return std::nullopt;
  return target;
}

void CheckpointDirectory::create_folders() const {
  make_directory(path_, ErrorKind::checkpoint);
  make_directory(path_ / names::kText, ErrorKind::checkpoint);
  make_directory(shards(), ErrorKind::checkpoint);
}

void CheckpointDirectory::open() {
  create_folders();
  bring_back_replaced();
  sweep_drafts();
  for (const std::string& name : leftovers()) retire_set(name);
  for (const char* link : {names::kLatestSet, names::kBestSet}) {
    const fs::file_type type = type_of(set(link));
    if (type != fs::file_type::symlink && type != fs::file_type::not_found)
      log_warning(sentence("{0} is no symbolic link and stays as it is", {set(link)}));
  }
}

void CheckpointDirectory::sweep_drafts() const {
  remove_draft_files(path_);
  remove_draft_files(path_ / names::kText);
  for (const std::string& name : names_in(shards()))
    if (is_left_draft(name)) remove_durably(set(name), ErrorKind::checkpoint);
}

// In shards/. A mark is the one draft whose writer does not have the directory yet, so it may be
// that of another start, which is alive.
bool CheckpointDirectory::is_left_draft(const std::string& name) const {
  if (!is_draft_name(name)) return false;
  const auto is_of = [&](const char* of) { return name.starts_with(of + std::string(".")); };
  const fs::file_type type = type_of(set(name));
  if (is_of(names::kOwner)) return type == fs::file_type::regular && !names_a_living(set(name));
  return (is_of(names::kLatestSet) || is_of(names::kBestSet)) && type == fs::file_type::symlink;
}

std::vector<std::string> CheckpointDirectory::replaced_in_vain() const {
  std::vector<std::string> found;
  std::string last;  // leftovers of one set follow each other
  for (const std::string& name : leftovers()) {
    const MarkedSet marked = *names::parse_marked_set(name);
    if (marked.mark != SetMark::replaced || marked.set == last) continue;
    last = marked.set;
    if (type_of(set(last)) == fs::file_type::not_found) found.push_back(name);
  }
  return found;
}

void CheckpointDirectory::bring_back_replaced() const {
  for (const std::string& name : replaced_in_vain())
    rename_folder_durably(set(name), set(names::parse_marked_set(name)->set),
                          ErrorKind::checkpoint);
}

// Older sets got their names with the newest one that counts, or will with the next save.
void CheckpointDirectory::finish_commit(const std::vector<std::string>& given_up) {
  const std::vector<CommittedSet> all = sets();
  const auto newest = std::find_if(all.rbegin(), all.rend(), [&](const CommittedSet& one) {
    return one.manifest && std::ranges::find(given_up, one.name) == given_up.end();
  });
  if (newest == all.rend() ||
      type_of(set(newest->name) / names::kUnpublished) != fs::file_type::regular)
    return;
  const Manifest& manifest = *newest->manifest;
  const std::string problem = publish(manifest, manifest.state.best_loss, given_up).problem;
  log_warning(
      problem.empty()
          ? sentence("finished the commit of {0}, which a crash had cut short", {newest->name})
          : sentence("finishing the commit of {0}: {1}", {newest->name, problem}));
}

// A draft too: should somebody be writing it after all, their commit finds nothing to rename, and
// not half a set.
std::string CheckpointDirectory::hide_set(const std::string& name) const {
  const std::optional<MarkedSet> marked = names::parse_marked_set(name);
  if (marked && marked->mark == SetMark::trash) return name;
  std::string hidden = names::marked_set(marked ? marked->set : name, SetMark::trash, new_mark());
  rename_folder_durably(set(name), set(hidden), ErrorKind::checkpoint);
  return hidden;
}

void CheckpointDirectory::remove_set(const std::string& name) const {
  remove_directory_durably(set(hide_set(name)), ErrorKind::checkpoint);
}

bool CheckpointDirectory::retire_set(const std::string& name) const {
  try {
    remove_set(name);
    return true;
  } catch (const Error& error) {
    log_warning(error.what());
    return false;
  }
}

void CheckpointDirectory::remove_run() {
  std::vector<std::string> doomed;
  for (const CommittedSet& one : sets()) doomed.push_back(one.name);
  // The best goes last but one.
  const auto best = std::ranges::find(doomed, linked_set(names::kBestSet).value_or(std::string()));
  if (best != doomed.end() && best + 1 != doomed.end())
    std::rotate(best, best + 1, doomed.end() - 1);

  // A set that made room would come back when its replacement is gone.
  for (const std::string& name : leftovers()) hide_set(name);
  for (const char* link : {names::kLatestSet, names::kBestSet}) {
    if (type_of(set(link)) == fs::file_type::symlink)
      remove_durably(set(link), ErrorKind::checkpoint);
  }
  // While there are sets, a resume takes the newest of them and needs no .pt file.
  std::vector<std::string> files = names_in(path_);
  std::erase_if(files, [](const std::string& name) { return !belongs_to_a_run(name); });
  std::ranges::stable_sort(files, {}, removal_rank);
  for (const std::string& name : files) remove_durably(file(name), ErrorKind::checkpoint);
  for (const std::string& name : doomed) hide_set(name);
  for (const std::string& name : leftovers()) retire_set(name);
}

void CheckpointDirectory::commit(const fs::path& draft, const std::string& name) {
  assert(names::parse_set(name));
  write_durably(draft / names::kUnpublished, "", ErrorKind::checkpoint);
  sync_directory(draft, ErrorKind::checkpoint);
  const fs::path to = set(name);
  const fs::file_type type = type_of(to);
  if (type == fs::file_type::not_found)
    return rename_folder_durably(draft, to, ErrorKind::checkpoint);
  if (type != fs::file_type::directory)
    throw Error(
        ErrorKind::checkpoint,
        sentence("committing {0}: something that is no folder has the name; move it away", {to}));
  if (exchange_durably(draft, to, ErrorKind::checkpoint)) {
    retire_set(draft.filename().string());
    return;
  }
  const std::string replaced = names::marked_set(name, SetMark::replaced, id_of(draft));
  rename_folder_durably(to, set(replaced), ErrorKind::checkpoint);
  try {
    rename_folder_durably(draft, to, ErrorKind::checkpoint);
  } catch (const Error&) {
    if (type_of(to) == fs::file_type::not_found)
      rename_folder_durably(set(replaced), to, ErrorKind::checkpoint);
    throw;
  }
  retire_set(replaced);
}

void CheckpointDirectory::abandon(const fs::path& draft) {
  if (type_of(draft) == fs::file_type::directory)
    remove_directory_durably(draft, ErrorKind::checkpoint);
}

}  // namespace lockstep
