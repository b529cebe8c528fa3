// SPDX-License-Identifier: Apache-2.0
#include "app/disk_probe.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>

#include "app/shared_folder.h"
#include "base/aligned_memory.h"
#include "base/error.h"
#include "base/file.h"
#include "base/free_space.h"
#include "base/sentence.h"
#include "base/temporary_path.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr std::int64_t kBlockBytes = std::int64_t{4} << 20;
constexpr std::int64_t kBlocks = 16;

double seconds_to_write(const fs::path& file, std::int64_t blocks) {
  const auto block =
      aligned_zeros<std::byte>(static_cast<std::size_t>(kBlockBytes), kDirectAlignment);
  const std::span bytes(block.get(), static_cast<std::size_t>(kBlockBytes));
  SharedFile writer(file, ErrorKind::checkpoint);
  const Clock::time_point start = Clock::now();
  for (std::int64_t i = 0; i < blocks; ++i) writer.write_at(i * kBlockBytes, bytes);
  writer.finish();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

DiskFacts probe_disk(const fs::path& directory) {
  const fs::path nearest = nearest_folder(directory);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  // A disk that is nearly full must not be filled by a question.
  const std::int64_t blocks =
      std::clamp<std::int64_t>(free_bytes(nearest).value_or(kMost) / kBlockBytes / 4, 1, kBlocks);
  const TemporaryPath folder(draft_path_for(nearest / "doctor"));
  make_directory(folder.path(), ErrorKind::checkpoint);
  const fs::path file = folder.path() / "file";
  DiskFacts facts;
  facts.bytes_per_second =
      static_cast<double>(blocks * kBlockBytes) / seconds_to_write(file, blocks);
  facts.has_direct_writes = DirectWriter(file).is_open();
  facts.has_hard_links = link_durably(file, folder.path() / "link", ErrorKind::checkpoint);
  rename_durably(file, folder.path() / "renamed", ErrorKind::checkpoint);
  remove_directory_durably(folder.path(), ErrorKind::checkpoint);
  return facts;
}

std::vector<Finding> disk_findings(const DiskFacts& facts, const std::string& directory) {
  std::vector<Finding> findings;
  if (!facts.has_hard_links)
    findings.push_back(
        {.check = Check::disk,
         .text = sentence("trying the file system of {0}: it has no hard links, so every name of "
                          "a .pt file takes its own space; --export best writes fewer of them",
                          {directory})});
  if (!facts.has_direct_writes)
    findings.push_back(
        {.check = Check::disk,
         .text = sentence("trying the file system of {0}: it has no direct writes, so a save "
                          "takes processor time and memory of the page cache from the training",
                          {directory})});
  return findings;
}

}  // namespace lockstep
