// SPDX-License-Identifier: Apache-2.0
#include "app/shared_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/late_name.h"
#include "base/sentence.h"
#include "base/temporary_path.h"
#include "comm/all_or_none.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// The folder of this rank that rank 0 knows as the `missing`-th above its directory.
fs::path folder_above(fs::path directory, int missing) {
  for (; missing > 0; --missing) directory = directory.parent_path();
  return directory.empty() ? fs::path(".") : directory;
}

fs::path without_slash_at_the_end(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

int missing_levels(const fs::path& directory) {
  int missing = 0;
  std::error_code ignored;
  while (!fs::exists(folder_above(directory, missing), ignored)) ++missing;
  return missing;
}

// What is wrong with the folder here; empty if nothing is.
std::string problem_here(const fs::path& folder, const std::string& probe,
                         std::chrono::milliseconds patience) {
  try {
    if (!appears(folder / probe, ErrorKind::checkpoint, patience))
      return sentence("what rank 0 writes there is not seen");
  } catch (const Error& error) {
    return error.what();
  }
  if (::access(folder.c_str(), W_OK) != 0)
    return sentence("it cannot be written to: {0}", {errno_text(errno)});
  return "";
}

// "what rank 0 writes there is not seen on h2, h3"; empty if all is well.
std::string problems_of(const std::vector<std::string>& hosts,
                        const std::vector<std::string>& problems) {
  std::map<std::string, std::vector<std::string>> hosts_with;
  for (std::size_t rank = 0; rank < problems.size(); ++rank) {
    std::vector<std::string>& those = hosts_with[problems[rank]];
    if (std::ranges::find(those, hosts[rank]) == those.end()) those.push_back(hosts[rank]);
  }
  hosts_with.erase("");
  std::string text;
  for (const auto& [problem, those] : hosts_with)
    text += (text.empty() ? "" : ", ") + sentence("{0} on {1}", {problem, hosts_text(those)});
  return text;
}

}  // namespace

fs::path nearest_folder(const fs::path& folder) {
  const fs::path directory = without_slash_at_the_end(folder);
  return folder_above(directory, missing_levels(directory));
}

void check_shared_folder(World& world, Facts facts, const fs::path& directory,
                         std::chrono::milliseconds patience) {
  const fs::path wanted = without_slash_at_the_end(directory);
  std::optional<TemporaryPath> probe;  // what a crash leaves of it, the next start removes
  const std::string where = ask_rank_zero(world, [&] {
    const int missing = missing_levels(wanted);
    probe.emplace(draft_path_for(folder_above(wanted, missing) / "shared"));
    write_durably(probe->path(), "", ErrorKind::checkpoint);
    return std::to_string(missing) + "\n" + probe->path().filename().string();
  });
  const std::size_t line_end = where.find('\n');
  const fs::path folder = folder_above(wanted, std::stoi(where.substr(0, line_end)));
  const std::string problem = problem_here(folder, where.substr(line_end + 1), patience);
  std::vector<std::string> hosts;
  for (const RankFacts& each : facts) hosts.push_back(each.host);
  const std::string problems = problems_of(hosts, world.gather_all(problem));
  if (problems.empty()) return;
  throw SharedError(ErrorKind::checkpoint,
                    sentence("looking at {0} from every host: {1}; checkpoints would be lost: give "
                             "an --output-dir on a file system that all hosts share",
                             {directory, problems}));
}

}  // namespace lockstep
