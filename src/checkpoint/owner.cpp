// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/owner.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "checkpoint/names.h"

namespace lockstep {
namespace {

// Null if there is nothing that could be a mark.
nlohmann::json read_mark(const std::filesystem::path& mark) {
  try {
    const nlohmann::json read = nlohmann::json::parse(read_file(mark, ErrorKind::checkpoint));
    const bool is_mark = read.value("id", "") != "" && read.contains("host") &&
                         read["host"].is_string() && read.contains("process");
    return is_mark ? read : nlohmann::json();
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

DirectoryOwner::DirectoryOwner(const std::filesystem::path& directory, std::string id)
    : mark_(directory / names::kShards / names::kOwner), id_(std::move(id)) {
  make_directory(mark_.parent_path(), ErrorKind::checkpoint);
  const nlohmann::json mark = {{"id", id_}, {"host", host_name()}, {"process", ::getpid()}};
  write_durably(mark_, mark.dump() + "\n", ErrorKind::checkpoint);
}

void DirectoryOwner::check() const {
  const nlohmann::json mark = read_mark(mark_);
  if (mark.is_null() || mark["id"] == id_) return;
  throw DirectoryTaken(
      ErrorKind::checkpoint,
      "the run directory was taken by process " + mark["process"].dump() + " on " +
          mark["host"].get<std::string>() +
          ", which goes on with this run; give every run that is to go on an --output-dir of "
          "its own");
}

}  // namespace lockstep
