// SPDX-License-Identifier: Apache-2.0
// Files of ours that Python has loaded and saved again: `lockstep` is in them, the archive is not
// ours any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "export/crc32.h"
#include "export/pickle_writer.h"
#include "export/pt_reader.h"
#include "export/zip_layout.h"
#include "export/zip_reader.h"
#include "store/saved_run.h"
#include "store/verify.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

struct ArchiveEntry {
  std::string name;
  std::string bytes;
};

// As torch numbers the first dictionary.
std::string with_memo(const std::string& pickle) {
  constexpr std::size_t kAfterFirstDict = 3;  // protocol and version before it
  return std::string(pickle).insert(kAfterFirstDict, std::string("q\0", 2));
}

// Dates that are not ours, as in every archive of another writer.
void write_foreign_archive(const fs::path& path, const std::vector<ArchiveEntry>& entries) {
  constexpr std::size_t kDate = 12;
  std::vector<ZipItem> items;
  std::vector<std::uint32_t> crc32s;
  for (const ArchiveEntry& entry : entries) {
    items.push_back({.name = entry.name, .bytes = static_cast<std::int64_t>(entry.bytes.size())});
    crc32s.push_back(crc32_of(std::as_bytes(std::span(entry.bytes))));
  }
  const ZipLayout layout = lay_out_zip(items);
  std::string archive(static_cast<std::size_t>(layout.directory_offset), '\0');
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ZipPlace& place = layout.places[i];
    std::string header = zip_local_header(place, crc32s[i]);
    header[kDate] = '\x42';
    archive.replace(static_cast<std::size_t>(place.header_offset), header.size(), header);
    archive.replace(static_cast<std::size_t>(place.data_offset), entries[i].bytes.size(),
                    entries[i].bytes);
  }
  std::ofstream(path, std::ios::binary) << archive << zip_directory(layout, crc32s);
}

class ResavedFile : public testing::Test {
 protected:
  ResavedFile() : run(run_at_epoch(3)) {
    save_run(directory.path(), run, 1);
    const fs::path ours = directory / "latest.pt";
    root = *PtReader(ours).root().as<PtDict>();
    const ZipReader zip(ours);
    for (const ZipEntry& entry : zip.entries()) entries.push_back({entry.name, zip.read(entry)});
  }
  Verification verified() {
    entries.front().bytes = with_memo(write_pickle({root}));
    write_foreign_archive(directory / "resaved.pt", entries);
    return verify_checkpoint(directory / "resaved.pt");
  }

  const TempDirectory directory;
  const SmallRun run;
  PtDict root;
  std::vector<ArchiveEntry> entries;  // the pickle first
};

TEST_F(ResavedFile, IsWhole) {
  const Verification found = verified();
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.root, state_root(run.content.layout, run.digests()));
}

TEST_F(ResavedFile, IsWholeWithoutItsOptimizerButHasNoRootThen) {
  std::erase_if(root.items,
                [](const PtItem& item) { return *item.key.as<std::string>() == "optimizer"; });
  const Verification found = verified();
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.root, "");
}

TEST_F(ResavedFile, WithOtherWeightsIsNotWhatItsDigestsSay) {
  for (ArchiveEntry& entry : entries)
    if (entry.bytes.starts_with(bytes_of(100.0F))) entry.bytes.assign(entry.bytes.size(), '\0');
  EXPECT_THAT(verified().problems, Contains(HasSubstr("does not match its digest")));
}

}  // namespace
}  // namespace lockstep::test
