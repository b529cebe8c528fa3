// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/owner.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json_depth.h"
#include "base/log.h"
#include "base/sentence.h"
#include "checkpoint/names.h"

namespace lockstep {
namespace {

// Null if there is nothing that could be a mark.
nlohmann::json read_mark(const std::filesystem::path& mark) {
  try {
    const std::string text = read_file(mark, ErrorKind::checkpoint);
    if (nests_too_deep(text)) return {};
    const nlohmann::json read = nlohmann::json::parse(text);
    const bool is_mark = read.value("id", "") != "" && read.contains("host") &&
                         read["host"].is_string() && read.contains("process");
    return is_mark ? read : nlohmann::json();
  } catch (const std::exception&) {
    return {};
  }
}

// When a process of this host was started, in clock ticks since the host was; absent if none that
// has this number is alive. The two together name one process: numbers are given again.
std::optional<std::uint64_t> start_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  // Behind the program's name, which stands in brackets and may hold anything: the state, and 18
  // numbers before the one that is looked for.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() < 20 || fields.front() == "Z" || fields.front() == "X") return std::nullopt;
  return std::stoull(fields[19]);
}

std::string owner_in(const nlohmann::json& mark) {
  return sentence("process {0} on {1}", {mark["process"].dump(), mark["host"].get<std::string>()});
}

// Of a mark that does not say when its process was started nobody can tell.
bool is_alive_here(const nlohmann::json& mark) {
  if (mark["host"] != host_name() || !mark.contains("started")) return false;
  const std::optional<std::uint64_t> started = start_of(mark["process"].dump());
  return started && mark["started"] == *started;
}

}  // namespace

bool names_a_living(const std::filesystem::path& file) {
  const nlohmann::json mark = read_mark(file);
  return !mark.is_null() && is_alive_here(mark);
}

std::string living_owner(const std::filesystem::path& directory) {
  const nlohmann::json mark = read_mark(directory / names::kShards / names::kOwner);
  return mark.is_null() || !is_alive_here(mark) ? "" : owner_in(mark);
}

void refuse_if_owned(const std::filesystem::path& directory) {
  const std::string owner = living_owner(directory);
  if (owner.empty()) return;
  throw Error(
      ErrorKind::usage,
      sentence("starting a new run in {0}: {1} is running there; wait for it or stop it, or "
               "give another --output-dir",
               {directory, owner}));
}

bool has_own_mark(const std::filesystem::path& directory) {
  const nlohmann::json mark = read_mark(directory / names::kShards / names::kOwner);
  return !mark.is_null() && mark["host"] == host_name() && mark["process"] == ::getpid();
}

void remove_own_mark(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (has_own_mark(directory))
    std::filesystem::remove(directory / names::kShards / names::kOwner, ignored);
}

DirectoryOwner::DirectoryOwner(const std::filesystem::path& directory, std::string id)
    : mark_(directory / names::kShards / names::kOwner), id_(std::move(id)) {
  make_directory(mark_.parent_path(), ErrorKind::checkpoint);
  nlohmann::json mark = {{"id", id_}, {"host", host_name()}, {"process", ::getpid()}};
  if (const auto started = start_of(std::to_string(::getpid()))) mark["started"] = *started;
  write_durably(mark_, mark.dump() + "\n", ErrorKind::checkpoint);
}

void DirectoryOwner::check() const {
  const nlohmann::json mark = read_mark(mark_);
  if (mark.is_null() || mark["id"] == id_) return;
  throw DirectoryTaken(ErrorKind::checkpoint,
                       sentence("the run directory was taken by a later start, {0}; give every run "
                                "that is to go on an --output-dir of its own",
                                {owner_in(mark)}));
}

}  // namespace lockstep
